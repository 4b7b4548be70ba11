//! Writing EPC URNs from canonical keys, where the length of the company prefix is known.

use super::{
    gs1::{percent_decoded, percent_encoded, stays_in_urn},
    urn,
};

/// A canonical GS1 key, cut into what URNs are made of.
struct Key<'k> {
    value: &'k str,
    /// Digits of the company prefix.
    digits: usize,
    /// The qualifier's value, encoded for a URN; empty where there is none.
    detail: String,
}

/// The EPC URN of a canonical GS1 key whose company prefix has `digits` digits.
pub(super) fn write(key: &str, digits: usize) -> Option<String> {
    let mut fields = key.splitn(4, '/');
    let (ai, value, qualifier) = (fields.next()?, fields.next()?, fields.next());
    let detail = match fields.next() {
        Some(encoded) => percent_encoded(&percent_decoded(encoded)?, stays_in_urn),
        None => String::new(),
    };
    let body = Key {
        value,
        digits,
        detail,
    }
    .body(ai, qualifier)?;
    let text = format!("urn:epc:{body}");
    urn::parse(&text)
        .is_ok_and(|(again, _)| again == key)
        .then_some(text)
}

impl Key<'_> {
    fn body(&self, ai: &str, qualifier: Option<&str>) -> Option<String> {
        let detail = &self.detail;
        Some(match (ai, qualifier) {
            ("01", Some("21")) => format!("id:sgtin:{}.{detail}", self.item()?),
            ("01", Some("10")) => format!("class:lgtin:{}.{detail}", self.item()?),
            ("01", Some("235")) => format!("id:upui:{}.{detail}", self.item()?),
            ("01", _) => format!("idpat:sgtin:{}.*", self.item()?),
            ("8006", Some("10")) => return None,
            ("8006", _) => {
                let (piece, total) = (self.value.get(14..16)?, self.value.get(16..18)?);
                form(
                    "itip",
                    &format!("{}.{piece}.{total}", self.item()?),
                    detail.clone(),
                )
            }
            ("00", _) => format!("id:sscc:{}", self.led_by_first(17)?),
            ("8018", _) => format!("id:gsrn:{}", self.halves(0, 17)?),
            ("8017", _) => format!("id:gsrnp:{}", self.halves(0, 17)?),
            ("402", _) => format!("id:gsin:{}", self.halves(0, 16)?),
            ("417", _) => format!("id:pgln:{}", self.halves(0, 12)?),
            ("414", _) => {
                let inner = if detail.is_empty() { "0" } else { detail };
                format!("id:sgln:{}.{inner}", self.halves(0, 12)?)
            }
            ("8003", _) => form("grai", &self.halves(1, 13)?, self.behind(14, stays_in_urn)?),
            ("253", _) => form("gdti", &self.halves(0, 12)?, self.behind(13, stays_in_urn)?),
            ("255", _) => form("sgcn", &self.halves(0, 12)?, self.behind(13, stays_in_urn)?),
            ("8004", _) => format!("id:giai:{}", self.asset(stays_in_urn)?),
            ("401", _) => format!("id:ginc:{}", self.asset(stays_in_urn)?),
            ("8010", _) => {
                let part_stays = |byte: u8| byte != b'#' && byte != b'/';
                form("cpi", &self.asset(part_stays)?, detail.clone())
            }
            _ => return None,
        })
    }

    /// Company prefix and item reference, led by the indicator digit.
    fn item(&self) -> Option<String> {
        self.led_by_first(13)
    }

    /// Company prefix and reference, to which the key's first digit belongs.
    fn led_by_first(&self, to: usize) -> Option<String> {
        let (first, prefix) = (self.value.get(..1)?, self.value.get(1..=self.digits)?);
        Some(format!(
            "{prefix}.{first}{}",
            self.value.get(1 + self.digits..to)?
        ))
    }

    fn halves(&self, from: usize, to: usize) -> Option<String> {
        let (prefix, reference) = (
            self.value.get(from..from + self.digits)?,
            self.value.get(from + self.digits..to)?,
        );
        Some(format!("{prefix}.{reference}"))
    }

    fn behind(&self, from: usize, stays: impl Fn(u8) -> bool) -> Option<String> {
        Some(percent_encoded(
            &percent_decoded(self.value.get(from..)?)?,
            stays,
        ))
    }

    fn asset(&self, stays: impl Fn(u8) -> bool) -> Option<String> {
        let prefix = self.value.get(..self.digits)?;
        Some(format!("{prefix}.{}", self.behind(self.digits, stays)?))
    }
}

/// One object, or the pattern of its class where there is no serial.
fn form(scheme: &str, body: &str, serial: String) -> String {
    match serial.as_str() {
        "" => format!("idpat:{scheme}:{body}.*"),
        serial => format!("id:{scheme}:{body}.{serial}"),
    }
}
