//! EPC URNs: pure identities, lot classes and class patterns (GS1 EPC Tag Data Standard 2.0 section 6).
//!
//! `urn:epc:id:<scheme>:`, `urn:epc:class:lgtin:` and `urn:epc:idpat:<scheme>:` with a final `*`.
//! Tag and raw URNs say how a tag is written, not what it is on, and are refused.

use super::{
    COMPANY_PREFIX_DIGITS, IdentifierError,
    gs1::{
        all_digits, is_character_39, is_character_82, percent_decoded, percent_encoded,
        stays_in_link, stays_in_urn, with_check_digit,
    },
    iso6346,
};

/// The canonical key and the number of digits of the GS1 company prefix (0 where there is none).
type Parsed = (String, u8);
/// What is wrong, and what to do.
type Fault = (String, &'static str);

/// Reads a text that starts with `urn:epc:` in any case.
pub(super) fn parse(text: &str) -> Result<Parsed, IdentifierError> {
    parts(text).map_err(|(fault, remedy)| IdentifierError::new(text, fault, remedy))
}

fn fault<T>(what: impl Into<String>, remedy: &'static str) -> Result<T, Fault> {
    Err((what.into(), remedy))
}

fn parts(text: &str) -> Result<Parsed, Fault> {
    let mut fields = text[8..].splitn(3, ':');
    let (form, scheme, body) = (
        fields.next().unwrap_or(""),
        fields.next().unwrap_or(""),
        fields.next().unwrap_or(""),
    );
    match form {
        "id" => identity(scheme, body),
        "class" if scheme == "lgtin" => {
            let [prefix, item, lot] = split(body)?;
            let (gtin, digits) = trade_item(prefix, item)?;
            Ok((format!("01/{gtin}/10/{}", serial(lot, 20)?), digits))
        }
        "idpat" => pattern(scheme, body),
        "tag" | "raw" | "pat" => fault(
            format!("`urn:epc:{form}` says how a tag is written, not what it is on"),
            "use the pure identity, urn:epc:id:...",
        ),
        _ => fault(
            "it is no EPC URN that names a thing",
            "write urn:epc:id:..., urn:epc:class:lgtin:... or urn:epc:idpat:...",
        ),
    }
}

fn identity(scheme: &str, body: &str) -> Result<Parsed, Fault> {
    match scheme {
        "sgtin" | "upui" => {
            let [prefix, item, number] = split(body)?;
            let (gtin, digits) = trade_item(prefix, item)?;
            let (ai, max) = if scheme == "sgtin" {
                ("21", 20)
            } else {
                ("235", 28)
            };
            Ok((format!("01/{gtin}/{ai}/{}", serial(number, max)?), digits))
        }
        "itip" => {
            let [prefix, item, piece, total, number] = split(body)?;
            let piece = piece_of(prefix, item, piece, total)?;
            Ok((
                format!("{piece}/21/{}", serial(number, 20)?),
                length(prefix),
            ))
        }
        "sscc" => keyed("00", body, 17, true),
        "gsrn" => keyed("8018", body, 17, false),
        "gsrnp" => keyed("8017", body, 17, false),
        "gsin" => keyed("402", body, 16, false),
        "pgln" => keyed("417", body, 12, false),
        "sgln" => place(body),
        "grai" => numbered("8003/0", body, 16),
        "gdti" => numbered("253/", body, 17),
        "sgcn" => coupon(body),
        "giai" => asset("8004", body),
        "ginc" => asset("401", body),
        "cpi" => {
            let [prefix, part, number] = split(body)?;
            let part = component(prefix, part)?;
            no_leading_zero(number, "the serial", 999_999_999_999)?;
            Ok((format!("8010/{part}/8011/{number}"), length(prefix)))
        }
        "gid" | "usdod" | "adi" | "bic" | "imovn" => {
            let body = unlinked(scheme, body)?;
            Ok((format!("urn:epc:id:{scheme}:{body}"), 0))
        }
        _ => fault(
            format!("`{scheme}` is no scheme of the EPC Tag Data Standard"),
            "check the word behind urn:epc:id:",
        ),
    }
}

/// A place; an inner place of `0` says that there is none.
fn place(body: &str) -> Result<Parsed, Fault> {
    let [prefix, place, inner] = split(body)?;
    let gln = with_check_digit(&joined(prefix, place, 12)?);
    let inner = serial(inner, 20)?;
    let suffix = if inner == "0" {
        String::new()
    } else {
        format!("/254/{inner}")
    };
    Ok((format!("414/{gln}{suffix}"), length(prefix)))
}

/// A type of twelve digits with its check digit, and a serial right behind.
fn numbered(start: &str, body: &str, serial_max: usize) -> Result<Parsed, Fault> {
    let [prefix, kind, number] = split(body)?;
    let key = with_check_digit(&joined(prefix, kind, 12)?);
    Ok((
        format!("{start}{key}{}", serial(number, serial_max)?),
        length(prefix),
    ))
}

fn coupon(body: &str) -> Result<Parsed, Fault> {
    let [prefix, coupon, number] = split(body)?;
    if !all_digits(number) || number.len() > 12 {
        return fault(
            "the coupon's serial is not 1 to 12 digits",
            "correct the serial",
        );
    }
    let key = with_check_digit(&joined(prefix, coupon, 12)?);
    Ok((format!("255/{key}{number}"), length(prefix)))
}

/// Class patterns: everything but the serial is given (TDS 2.0 section 8).
fn pattern(scheme: &str, body: &str) -> Result<Parsed, Fault> {
    let Some(body) = body.strip_suffix(".*") else {
        return fault(
            "a class pattern ends in `.*`",
            "write for example urn:epc:idpat:sgtin:9521141.012345.*",
        );
    };
    let twelve = |ai: &str, filler: &str| {
        let [prefix, kind] = split(body)?;
        Ok((
            format!(
                "{ai}/{filler}{}",
                with_check_digit(&joined(prefix, kind, 12)?)
            ),
            length(prefix),
        ))
    };
    match scheme {
        "sgtin" | "upui" => {
            let [prefix, item] = split(body)?;
            let (gtin, digits) = trade_item(prefix, item)?;
            Ok((format!("01/{gtin}"), digits))
        }
        "grai" => twelve("8003", "0"),
        "gdti" => twelve("253", ""),
        "sgcn" => twelve("255", ""),
        "cpi" => {
            let [prefix, part] = split(body)?;
            Ok((format!("8010/{}", component(prefix, part)?), length(prefix)))
        }
        "itip" => {
            let [prefix, item, piece, total] = split(body)?;
            Ok((piece_of(prefix, item, piece, total)?, length(prefix)))
        }
        _ => fault(
            format!("`{scheme}` has no class pattern"),
            "name a class by urn:epc:idpat:sgtin, grai, gdti, sgcn, cpi, itip or upui",
        ),
    }
}

fn split<const N: usize>(body: &str) -> Result<[&str; N], Fault> {
    let fields: Vec<&str> = body.splitn(N, '.').collect();
    <[&str; N]>::try_from(fields).map_err(|fields| {
        (
            format!("it has {} fields and needs {N}", fields.len()),
            "separate the fields by points",
        )
    })
}

fn length(prefix: &str) -> u8 {
    u8::try_from(prefix.len()).unwrap_or(0)
}

fn company_prefix(prefix: &str) -> Result<(), Fault> {
    if COMPANY_PREFIX_DIGITS.contains(&prefix.len()) && all_digits(prefix) {
        return Ok(());
    }
    fault(
        "the GS1 company prefix is not 6 to 12 digits",
        "correct the first field",
    )
}

/// Company prefix and reference together, checked to be `total` digits.
fn joined(prefix: &str, reference: &str, total: usize) -> Result<String, Fault> {
    company_prefix(prefix)?;
    if !(reference.is_empty() || all_digits(reference)) || prefix.len() + reference.len() != total {
        return fault(
            format!(
                "company prefix and reference have {} characters together and need {total} digits",
                prefix.len() + reference.len()
            ),
            "move the point or complete the reference",
        );
    }
    Ok(format!("{prefix}{reference}"))
}

/// The GTIN-14 and the length of the prefix; the indicator digit leads the item reference.
fn trade_item(prefix: &str, item: &str) -> Result<(String, u8), Fault> {
    joined(prefix, item, 13)?;
    Ok((
        with_check_digit(&format!("{}{prefix}{}", &item[..1], &item[1..])),
        length(prefix),
    ))
}

fn piece_of(prefix: &str, item: &str, piece: &str, total: &str) -> Result<String, Fault> {
    let (gtin, _) = trade_item(prefix, item)?;
    if [piece, total]
        .iter()
        .any(|field| field.len() != 2 || !all_digits(field))
    {
        return fault(
            "piece and total are not two digits each",
            "write for example .01.02.",
        );
    }
    Ok(format!("8006/{gtin}{piece}{total}"))
}

/// Two fields of digits; with `leading`, the reference's first digit leads the key (SSCC).
fn keyed(ai: &str, body: &str, total: usize, leading: bool) -> Result<Parsed, Fault> {
    let [prefix, reference] = split(body)?;
    let both = joined(prefix, reference, total)?;
    let digits = if leading {
        format!("{}{prefix}{}", &reference[..1], &reference[1..])
    } else {
        both
    };
    Ok((
        format!("{ai}/{}", with_check_digit(&digits)),
        length(prefix),
    ))
}

fn asset(ai: &str, body: &str) -> Result<Parsed, Fault> {
    let [prefix, reference] = split(body)?;
    company_prefix(prefix)?;
    let reference = serial(reference, 30 - prefix.len())?;
    Ok((format!("{ai}/{prefix}{reference}"), length(prefix)))
}

/// A serial, lot or reference of 1 to `max` characters, encoded for a Digital Link.
fn serial(text: &str, max: usize) -> Result<String, Fault> {
    let escaped_right = text.bytes().all(|b| b == b'%' || stays_in_urn(b));
    let raw = percent_decoded(text).filter(|raw| escaped_right && raw.bytes().all(is_character_82));
    match raw {
        Some(raw) if (1..=max).contains(&raw.len()) => Ok(percent_encoded(&raw, stays_in_link)),
        Some(raw) => fault(
            format!(
                "the serial or reference has {} characters and may have 1 to {max}",
                raw.len()
            ),
            "shorten or complete it",
        ),
        None => fault(
            "the serial or reference has a character that is not allowed or not escaped",
            "escape \" % & / < > ? as %22 %25 %26 %2F %3C %3E %3F",
        ),
    }
}

fn component(prefix: &str, part: &str) -> Result<String, Fault> {
    company_prefix(prefix)?;
    let escaped_right = !part.contains(['#', '/']);
    let raw = percent_decoded(part).filter(|raw| escaped_right && raw.bytes().all(is_character_39));
    match raw {
        Some(raw) if (1..=30 - prefix.len()).contains(&raw.len()) => {
            Ok(format!("{prefix}{}", percent_encoded(&raw, stays_in_link)))
        }
        _ => fault(
            "the part reference is not 1 to 24 of A to Z, 0 to 9, -, # (%23) and / (%2F)",
            "correct the part reference",
        ),
    }
}

fn no_leading_zero(text: &str, name: &str, max: u64) -> Result<(), Fault> {
    let fits = all_digits(text)
        && (text == "0" || !text.starts_with('0'))
        && text.parse::<u64>().is_ok_and(|value| value <= max);
    match fits {
        true => Ok(()),
        false => fault(
            format!("{name} is not a number from 0 to {max} without leading zeros"),
            "correct the number",
        ),
    }
}

/// Schemes that have no Digital Link: the body, checked.
fn unlinked(scheme: &str, body: &str) -> Result<String, Fault> {
    match scheme {
        "gid" => {
            let [manager, class, number] = split(body)?;
            no_leading_zero(manager, "the general manager number", (1 << 28) - 1)?;
            no_leading_zero(class, "the object class", (1 << 24) - 1)?;
            no_leading_zero(number, "the serial", (1 << 36) - 1)?;
        }
        "usdod" => {
            let [code, number] = split(body)?;
            cage_or_dodaac(code)?;
            no_leading_zero(number, "the serial", (1 << 36) - 1)?;
        }
        "adi" => return aerospace(body),
        "bic" => container(body)?,
        _ if body.len() == 7 && all_digits(body) => {}
        _ => {
            return fault(
                "an IMO vessel number has 7 digits",
                "write for example urn:epc:id:imovn:9176187",
            );
        }
    }
    Ok(body.to_owned())
}

fn cage_or_dodaac(code: &str) -> Result<(), Fault> {
    let fits = matches!(code.len(), 5 | 6)
        && code
            .bytes()
            .all(|b| (b.is_ascii_digit() || b.is_ascii_uppercase()) && !matches!(b, b'I' | b'O'));
    match fits {
        true => Ok(()),
        false => fault(
            "the first field is no CAGE (5) or DoDAAC (6 characters) of 0 to 9 and A to Z without I and O",
            "correct the code",
        ),
    }
}

fn aerospace(body: &str) -> Result<String, Fault> {
    let [code, part, number] = split(body)?;
    cage_or_dodaac(code)?;
    let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'-' | b'/');
    let decoded = |text: &str| percent_decoded(text).filter(|_| !text.contains(['#', '/']));
    let part = decoded(part).filter(|raw| raw.len() <= 32 && raw.bytes().all(allowed));
    let number = decoded(number).filter(|raw| {
        let behind = raw.strip_prefix('#').unwrap_or(raw);
        raw.len() <= 30 && !behind.is_empty() && behind.bytes().all(allowed)
    });
    let (Some(part), Some(number)) = (part, number) else {
        return fault(
            "part number (up to 32) or serial (1 to 30 characters) is not of A to Z, 0 to 9, - and %2F; only a serial may start with %23",
            "correct them",
        );
    };
    let encoded = |raw: &str| percent_encoded(raw, |b| b.is_ascii_alphanumeric() || b == b'-');
    Ok(format!("{code}.{}.{}", encoded(&part), encoded(&number)))
}

/// The shape of a container code. A wrong check digit is not refused, for the Tag Data Standard's
/// grammar (section 6.3.18) does not ask for it: see [`container_fault`].
fn container(body: &str) -> Result<(), Fault> {
    let shape = body.len() == 11
        && body.as_bytes()[..3].iter().all(u8::is_ascii_uppercase)
        && matches!(body.as_bytes()[3], b'U' | b'J' | b'Z')
        && body.get(4..).is_some_and(all_digits);
    match shape {
        true => Ok(()),
        false => fault(
            "a container code is three letters, one of U, J, Z, six digits and a check digit (ISO 6346)",
            "write for example urn:epc:id:bic:CSQU3054383",
        ),
    }
}

/// What ISO 6346 objects to in a container's URN: a wrong check digit.
pub(super) fn container_fault(text: &str) -> Option<IdentifierError> {
    let body = text.strip_prefix("urn:epc:id:bic:")?;
    let right = body.get(..10).and_then(iso6346::check_digit)?;
    (body.as_bytes().get(10) != Some(&(b'0' + right))).then(|| {
        IdentifierError::new(
            text,
            format!("the container's check digit should be {right} (ISO 6346)"),
            "compare the code with the container's side",
        )
    })
}
