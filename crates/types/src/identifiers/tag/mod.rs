//! EPCs as RFID tags carry them: binary memory and tag URIs (GS1 EPC Tag Data Standard 2.0 sections 12 to 14).
//!
//! Purpose: a reader reports the EPC bank as hexadecimal digits, or a tag URI; the ledger wants the pure identity. A printer
//! wants the way back. Flow: [`Tag::from_hex`] and [`Tag::parse`] give a [`Tag`]; [`Tag::epc`] its identity, [`Tag::of`] the
//! tag of an identity.
//!
//! Invariants: a [`Tag`] can be written as bits, and its bits read back as the same tag; its identity is a valid EPC.
//! Numbers have no leading zeros where the bits could not keep them.
//!
//! Limits: the schemes of TDS 1.13, which tags in the field carry. The schemes with `+` and `++` of TDS 2.0 and 2.1 are refused
//! by their header.

mod bits;

use super::{
    Epc, IdentifierError,
    gs1::{percent_decoded, percent_encoded, stays_in_urn},
};
use bits::{Fault, PREFIX_BITS, Reader, Writer, is_number, padded};
use std::fmt;

/// The EPC memory of a tag: scheme, filter value, fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    layout: &'static Layout,
    filter: u64,
    /// Without percent-encoding.
    fields: Vec<String>,
}

/// How one scheme is laid out in bits.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    /// In tag URIs.
    name: &'static str,
    /// In pure identity URIs.
    scheme: &'static str,
    header: u8,
    filter_bits: usize,
    fields: &'static [Bits],
}

/// How a field is laid out.
#[derive(Debug, PartialEq, Eq)]
enum Bits {
    /// Partition, company prefix and a reference that shares `both` bits with it and has `digits` more digits than the partition.
    Reference { both: usize, digits: usize },
    /// The same with a reference that is a number of at most that many digits more than the partition.
    Number { both: usize, digits: usize },
    /// The same with a reference of 7-bit characters.
    Text { both: usize },
    /// The same with a reference of 6-bit characters up to a zero.
    Letters,
    /// An integer.
    Integer(usize),
    /// Digits led by a 1, so that zeros are kept.
    Numeral(usize),
    /// Two digits.
    TwoDigits(usize),
    /// 7-bit characters, filled up with zeros.
    Characters(usize),
    /// CAGE or DoDAAC, 8 bits a character, led by a blank where it has 5.
    Ascii,
    /// CAGE or DoDAAC, 6 bits a character, led by a blank where it has 5.
    Code,
    /// 6-bit characters up to a zero.
    Six,
}

use Bits::{
    Ascii, Characters, Code, Integer, Letters, Number, Numeral, Reference, Six, Text, TwoDigits,
};

const fn layout(
    name: &'static str,
    scheme: &'static str,
    header: u8,
    fields: &'static [Bits],
) -> Layout {
    Layout {
        name,
        scheme,
        header,
        filter_bits: 3,
        fields,
    }
}

const ITEM: Bits = Reference {
    both: 44,
    digits: 1,
};
const PLACE: Bits = Reference {
    both: 41,
    digits: 0,
};
const ASSET: Bits = Reference {
    both: 44,
    digits: 0,
};
const UNIT: Bits = Reference {
    both: 58,
    digits: 5,
};

/// TDS 2.0 table 14-1 and the sections it points to.
static LAYOUTS: [Layout; 22] = [
    layout("sgtin-96", "sgtin", 0x30, &[ITEM, Integer(38)]),
    layout("sgtin-198", "sgtin", 0x36, &[ITEM, Characters(140)]),
    layout("sscc-96", "sscc", 0x31, &[UNIT]),
    layout("sgln-96", "sgln", 0x32, &[PLACE, Integer(41)]),
    layout("sgln-195", "sgln", 0x39, &[PLACE, Characters(140)]),
    layout("grai-96", "grai", 0x33, &[ASSET, Integer(38)]),
    layout("grai-170", "grai", 0x37, &[ASSET, Characters(112)]),
    layout(
        "giai-96",
        "giai",
        0x34,
        &[Number {
            both: 82,
            digits: 13,
        }],
    ),
    layout("giai-202", "giai", 0x38, &[Text { both: 188 }]),
    layout("gsrn-96", "gsrn", 0x2D, &[UNIT]),
    layout("gsrnp-96", "gsrnp", 0x2E, &[UNIT]),
    layout("gdti-96", "gdti", 0x2C, &[PLACE, Integer(41)]),
    layout("gdti-113", "gdti", 0x3A, &[PLACE, Numeral(58)]),
    layout("gdti-174", "gdti", 0x3E, &[PLACE, Characters(119)]),
    layout(
        "cpi-96",
        "cpi",
        0x3C,
        &[
            Number {
                both: 51,
                digits: 3,
            },
            Integer(31),
        ],
    ),
    layout("cpi-var", "cpi", 0x3D, &[Letters, Integer(40)]),
    layout("sgcn-96", "sgcn", 0x3F, &[PLACE, Numeral(41)]),
    layout(
        "itip-110",
        "itip",
        0x40,
        &[ITEM, TwoDigits(7), TwoDigits(7), Integer(38)],
    ),
    layout(
        "itip-212",
        "itip",
        0x41,
        &[ITEM, TwoDigits(7), TwoDigits(7), Characters(140)],
    ),
    Layout {
        name: "gid-96",
        scheme: "gid",
        header: 0x35,
        filter_bits: 0,
        fields: &[Integer(28), Integer(24), Integer(36)],
    },
    Layout {
        name: "usdod-96",
        scheme: "usdod",
        header: 0x2F,
        filter_bits: 4,
        fields: &[Ascii, Integer(36)],
    },
    Layout {
        name: "adi-var",
        scheme: "adi",
        header: 0x3B,
        filter_bits: 6,
        fields: &[Code, Six, Six],
    },
];

/// Longest memory read, hexadecimal digits: the largest scheme fills 256 bits, and banks may be larger.
const HEX_DIGITS_MAX: usize = 248;

fn refuse<T>(text: &str, fault: impl Into<String>, remedy: &str) -> Result<T, IdentifierError> {
    Err(IdentifierError::new(text, fault, remedy))
}

impl Tag {
    /// Reads EPC memory from its header on, as hexadecimal digits; blanks between them do not count.
    ///
    /// # Errors
    /// When the header is no scheme's, bits lack, or a field breaks its scheme's rules.
    pub fn from_hex(text: &str) -> Result<Self, IdentifierError> {
        let digits: String = text.chars().filter(|character| *character != ' ').collect();
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !hexadecimal || digits.len() > HEX_DIGITS_MAX || digits.len() < 4 {
            return refuse(
                text,
                "it is not 4 to 248 hexadecimal digits",
                "read the EPC bank from its header on, behind CRC and protocol control bits",
            );
        }
        let mut bits = Reader::new(&digits);
        let header = bits.number(8).unwrap_or_default();
        let Some(layout) = LAYOUTS
            .iter()
            .find(|layout| u64::from(layout.header) == header)
        else {
            return refuse(
                text,
                format!("the header {header:02X} is no EPC scheme that is read here"),
                "use the schemes of TDS 1.13; headers E2 are tag identifiers, not EPCs",
            );
        };
        let read = read_fields(layout, &mut bits);
        let (filter, fields) = match read {
            Ok(read) => read,
            Err(fault) => return refuse(text, fault, "read the tag again"),
        };
        if bits.rest_has_ones() {
            return refuse(
                text,
                format!("bits are set behind the {} EPC", layout.name),
                "read the tag again, the EPC bank alone",
            );
        }
        let tag = Self {
            layout,
            filter,
            fields,
        };
        // A number may fit its bits and have more digits than the scheme allows.
        if let Err(fault) = tag.bits() {
            return refuse(text, fault, "read the tag again");
        }
        tag.epc()?;
        Ok(tag)
    }

    /// Reads a tag URI: `urn:epc:tag:sgtin-96:3.0614141.812345.6789`, or the bits as a raw URI:
    /// `urn:epc:raw:96.x30C579D5D4ADB60000000000` (TDS 2.0 section 12).
    ///
    /// # Errors
    /// When the scheme is unknown, the identity breaks its rules, or the bits have no room for it.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        if let Some(raw) = after(text, "urn:epc:raw:") {
            let digits = raw
                .split_once(".x")
                .filter(|(length, digits)| length.parse() == Ok(digits.len() * 4));
            return match digits {
                Some((_, digits)) => Self::from_hex(digits),
                None => refuse(
                    text,
                    "it is not a number of bits, .x and a quarter as many hexadecimal digits",
                    "write for example urn:epc:raw:96.x30C579D5D4ADB60000000000",
                ),
            };
        }
        let body = after(text, "urn:epc:tag:").and_then(|rest| rest.split_once(':'));
        let found = body.and_then(|(name, body)| {
            let layout = LAYOUTS.iter().find(|layout| layout.name == name)?;
            Some((layout, body))
        });
        let Some((layout, body)) = found else {
            return refuse(
                text,
                "it names no tag scheme",
                "write for example urn:epc:tag:sgtin-96:3.0614141.812345.6789",
            );
        };
        let (filter, body) = match (layout.filter_bits, body.split_once('.')) {
            (0, _) => (0, body),
            (bits, Some((filter, body))) if is_number(filter, bits) => {
                (filter.parse().unwrap_or_default(), body)
            }
            (bits, _) => {
                return refuse(
                    text,
                    format!("the filter value is not 0 to {}", (1u64 << bits) - 1),
                    "put the filter value before the company prefix",
                );
            }
        };
        let epc = Epc::parse(&format!("urn:epc:id:{}:{body}", layout.scheme))?;
        Self::laid_out(&epc, layout, filter, body)
    }

    /// The tag of an identity, under the scheme called `name` such as `sgtin-96`, with a filter value (TDS 2.0 section 10).
    ///
    /// # Errors
    /// When there is no such scheme, it is another kind of key's, the company prefix's length is not known, or the bits have no
    /// room for it.
    pub fn of(epc: &Epc, name: &str, filter: u8) -> Result<Self, IdentifierError> {
        let text = epc.to_string();
        let Some(layout) = LAYOUTS.iter().find(|layout| layout.name == name) else {
            return refuse(
                &text,
                format!("`{name}` is no tag scheme"),
                "write for example sgtin-96",
            );
        };
        let urn = epc.to_urn()?;
        let start = format!("urn:epc:id:{}:", layout.scheme);
        let Some(body) = urn.strip_prefix(&start) else {
            return refuse(
                &text,
                format!("{name} is not for {}", epc.scheme()),
                "choose a scheme of its kind",
            );
        };
        if u64::from(filter) >> layout.filter_bits > 0 {
            return refuse(
                &text,
                format!(
                    "the filter value {filter} needs more than {} bits",
                    layout.filter_bits
                ),
                "choose a filter value of the scheme",
            );
        }
        Self::laid_out(epc, layout, u64::from(filter), body)
    }

    fn laid_out(
        epc: &Epc,
        layout: &'static Layout,
        filter: u64,
        body: &str,
    ) -> Result<Self, IdentifierError> {
        let count = layout.fields.len() + usize::from(has_prefix(layout));
        let fields: Option<Vec<String>> = body.splitn(count, '.').map(percent_decoded).collect();
        let tag = Self {
            layout,
            filter,
            fields: fields.unwrap_or_default(),
        };
        match tag.bits() {
            Ok(_) => Ok(tag),
            Err(fault) => refuse(
                &epc.to_string(),
                format!("{} cannot carry it: {fault}", layout.name),
                "use the longer scheme of its kind, whose serial has characters",
            ),
        }
    }

    /// The scheme's name in tag URIs.
    pub fn name(&self) -> &'static str {
        self.layout.name
    }

    /// The filter value: what kind of thing the tag is on, for readers that select (TDS 2.0 section 10).
    pub fn filter(&self) -> u8 {
        u8::try_from(self.filter).unwrap_or(u8::MAX)
    }

    /// What the tag is on.
    ///
    /// # Errors
    /// Never for a tag that was read; the type says so because the EPC's own parser decides.
    pub fn epc(&self) -> Result<Epc, IdentifierError> {
        Epc::parse(&format!(
            "urn:epc:id:{}:{}",
            self.layout.scheme,
            self.body()
        ))
    }

    fn body(&self) -> String {
        let encoded: Vec<String> = self
            .fields
            .iter()
            .map(|field| percent_encoded(field, stays_in_urn))
            .collect();
        encoded.join(".")
    }

    /// The memory from its header on, in hexadecimal digits, filled up to 16-bit words.
    pub fn hex(&self) -> String {
        // What does not fit was refused when the tag was made.
        let mut bits = self.bits().unwrap_or_default();
        bits.0.resize(bits.0.len().next_multiple_of(16), false);
        bits.0
            .chunks(4)
            .map(|four| {
                let value = four
                    .iter()
                    .fold(0, |value, bit| value * 2 + u32::from(*bit));
                char::from_digit(value, 16)
                    .unwrap_or('0')
                    .to_ascii_uppercase()
            })
            .collect()
    }

    fn bits(&self) -> Result<Writer, Fault> {
        let mut bits = Writer::default();
        bits.number(u64::from(self.layout.header), 8)?;
        bits.number(self.filter, self.layout.filter_bits)?;
        let mut fields = self.fields.iter().map(String::as_str);
        for field in self.layout.fields {
            let mut next = || fields.next().ok_or_else(|| "a field is missing".to_owned());
            match field {
                Reference { both, digits } => {
                    let (bits_left, partition) = bits.prefix(next()?, *both)?;
                    let reference = next()?;
                    if reference.len() != digits + partition {
                        return Err(format!(
                            "`{reference}` is not {} digits",
                            digits + partition
                        ));
                    }
                    bits.number(reference.parse().unwrap_or_default(), bits_left)?;
                }
                Number { both, digits } => {
                    let (bits_left, partition) = bits.prefix(next()?, *both)?;
                    let reference = next()?;
                    if reference.len() > digits + partition {
                        return Err(format!(
                            "`{reference}` has more than {} digits",
                            digits + partition
                        ));
                    }
                    bits.integer(reference, bits_left)?;
                }
                Text { both } => {
                    let (bits_left, _) = bits.prefix(next()?, *both)?;
                    bits.characters(next()?, bits_left)?;
                }
                Letters => {
                    bits.prefix(next()?, PREFIX_BITS[0])?;
                    bits.six(next()?)?;
                }
                Integer(length) => bits.integer(next()?, *length)?,
                Numeral(length) => bits.integer(&format!("1{}", next()?), *length)?,
                TwoDigits(length) => bits.number(next()?.parse().unwrap_or(u64::MAX), *length)?,
                Characters(length) => bits.characters(next()?, *length)?,
                Ascii => format!("{:>6}", next()?)
                    .bytes()
                    .try_for_each(|byte| bits.number(u64::from(byte), 8))?,
                Code => format!("{:>6}", next()?)
                    .bytes()
                    .try_for_each(|byte| bits.number(u64::from(byte & 0x3F), 6))?,
                Six => bits.six(next()?)?,
            }
        }
        let fixed = self.layout.name.ends_with("-96");
        if fixed {
            bits.0.resize(96, false);
        }
        Ok(bits)
    }
}

impl fmt::Display for Tag {
    /// The tag URI.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "urn:epc:tag:{}:", self.layout.name)?;
        if self.layout.filter_bits > 0 {
            write!(f, "{}.", self.filter)?;
        }
        f.write_str(&self.body())
    }
}

/// What is behind `start`, which may be in capitals.
fn after<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let (found, rest) = text.split_at_checked(start.len())?;
    found.eq_ignore_ascii_case(start).then_some(rest)
}

/// Whether the first field is a company prefix with a partition before it.
fn has_prefix(layout: &Layout) -> bool {
    matches!(
        layout.fields.first(),
        Some(Reference { .. } | Number { .. } | Text { .. } | Letters)
    )
}

fn read_fields(layout: &Layout, bits: &mut Reader) -> Result<(u64, Vec<String>), Fault> {
    let filter = bits.number(layout.filter_bits)?;
    let mut fields = Vec::new();
    for field in layout.fields {
        match field {
            Reference { both, digits } => {
                let (prefix, left, partition) = bits.prefix(*both)?;
                fields.push(prefix);
                fields.push(padded(bits.number(left)?, digits + partition)?);
            }
            Number { both, .. } => {
                let (prefix, left, _) = bits.prefix(*both)?;
                fields.push(prefix);
                fields.push(bits.number(left)?.to_string());
            }
            Text { both } => {
                let (prefix, left, _) = bits.prefix(*both)?;
                fields.push(prefix);
                fields.push(bits.characters(left)?);
            }
            Letters => {
                let (prefix, _, _) = bits.prefix(PREFIX_BITS[0])?;
                fields.push(prefix);
                fields.push(bits.six()?);
            }
            Integer(length) => fields.push(bits.number(*length)?.to_string()),
            Numeral(length) => {
                let text = bits.number(*length)?.to_string();
                let digits = text
                    .strip_prefix('1')
                    .ok_or("the numeral has no leading 1")?;
                fields.push(digits.to_owned());
            }
            TwoDigits(length) => fields.push(padded(bits.number(*length)?, 2)?),
            Characters(length) => fields.push(bits.characters(*length)?),
            Ascii => fields.push(bits.code(8)?),
            Code => fields.push(bits.code(6)?),
            Six => fields.push(bits.six()?),
        }
    }
    Ok((filter, fields))
}
