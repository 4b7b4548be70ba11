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

use super::{
    Epc, IdentifierError,
    gs1::{all_digits, is_character_82, percent_decoded, percent_encoded, stays_in_urn},
};
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

/// Bits of a company prefix by partition, which is 12 less its digits (TDS 2.0 section 14.3).
const PREFIX_BITS: [usize; 7] = [40, 37, 34, 30, 27, 24, 20];
/// Longest memory read, hexadecimal digits: the largest scheme fills 256 bits, and banks may be larger.
const HEX_DIGITS_MAX: usize = 248;

/// What is wrong with a field.
type Fault = String;

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
        tag.epc()?;
        Ok(tag)
    }

    /// Reads a tag URI: `urn:epc:tag:sgtin-96:3.0614141.812345.6789`.
    ///
    /// # Errors
    /// When the scheme is unknown, the identity breaks its rules, or the bits have no room for it.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let body = text
            .get(..12)
            .filter(|start| start.eq_ignore_ascii_case("urn:epc:tag:"))
            .and_then(|_| text.get(12..)?.split_once(':'));
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
    pub fn scheme(&self) -> &'static str {
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

/// Whether the first field is a company prefix with a partition before it.
fn has_prefix(layout: &Layout) -> bool {
    matches!(
        layout.fields.first(),
        Some(Reference { .. } | Number { .. } | Text { .. } | Letters)
    )
}

fn is_number(text: &str, bits: usize) -> bool {
    all_digits(text)
        && (text == "0" || !text.starts_with('0'))
        && text
            .parse::<u64>()
            .is_ok_and(|value| bits >= 64 || value >> bits == 0)
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

/// A number with leading zeros; refused where it has more digits.
fn padded(value: u64, digits: usize) -> Result<String, Fault> {
    let text = match digits {
        0 if value == 0 => String::new(),
        _ => format!("{value:0digits$}"),
    };
    match text.len() == digits {
        true => Ok(text),
        false => Err(format!("{value} has more than {digits} digits")),
    }
}

fn character_of_six(six: u64) -> char {
    let byte = u8::try_from(six & 0x3F).unwrap_or_default();
    char::from(if byte < 0x20 { byte + 0x40 } else { byte })
}

/// Bits being written.
#[derive(Default)]
struct Writer(Vec<bool>);

impl Writer {
    fn number(&mut self, value: u64, length: usize) -> Result<(), Fault> {
        if length < 64 && value >> length > 0 {
            return Err(format!("{value} needs more than {length} bits"));
        }
        self.0
            .extend((0..length).rev().map(|place| value >> place & 1 == 1));
        Ok(())
    }

    /// A number without leading zeros.
    fn integer(&mut self, text: &str, length: usize) -> Result<(), Fault> {
        if !is_number(text, length) {
            return Err(format!(
                "`{text}` is no number below 2^{length} without leading zeros"
            ));
        }
        self.number(text.parse().unwrap_or_default(), length)
    }

    /// Partition and company prefix; gives the bits left of `both`, and the partition.
    fn prefix(&mut self, prefix: &str, both: usize) -> Result<(usize, usize), Fault> {
        let partition = 12usize.wrapping_sub(prefix.len());
        let length = *PREFIX_BITS
            .get(partition)
            .ok_or("the company prefix is not 6 to 12 digits")?;
        self.number(partition as u64, 3)?;
        self.number(prefix.parse().unwrap_or(u64::MAX), length)?;
        Ok((both.saturating_sub(length), partition))
    }

    fn characters(&mut self, text: &str, length: usize) -> Result<(), Fault> {
        if text.len() * 7 > length {
            return Err(format!("`{text}` has more than {} characters", length / 7));
        }
        let end = self.0.len() + length;
        for byte in text.bytes() {
            self.number(u64::from(byte), 7)?;
        }
        self.0.resize(end, false);
        Ok(())
    }

    fn six(&mut self, text: &str) -> Result<(), Fault> {
        for byte in text.bytes() {
            self.number(u64::from(byte & 0x3F), 6)?;
        }
        self.number(0, 6)
    }
}

/// Bits being read.
struct Reader {
    bits: Vec<bool>,
    at: usize,
}

impl Reader {
    fn new(digits: &str) -> Self {
        let bits = digits
            .chars()
            .filter_map(|digit| digit.to_digit(16))
            .flat_map(|value| (0..4).rev().map(move |place| value >> place & 1 == 1))
            .collect();
        Self { bits, at: 0 }
    }

    fn number(&mut self, length: usize) -> Result<u64, Fault> {
        let bits = self
            .bits
            .get(self.at..self.at + length)
            .ok_or("the memory ends within the EPC")?;
        self.at += length;
        Ok(bits
            .iter()
            .fold(0, |value, bit| value << 1 | u64::from(*bit)))
    }

    fn prefix(&mut self, both: usize) -> Result<(String, usize, usize), Fault> {
        let partition = usize::try_from(self.number(3)?).unwrap_or(usize::MAX);
        let length = *PREFIX_BITS.get(partition).ok_or("the partition is 7")?;
        let prefix = padded(self.number(length)?, 12 - partition)?;
        Ok((prefix, both.saturating_sub(length), partition))
    }

    fn characters(&mut self, length: usize) -> Result<String, Fault> {
        let end = self.at + length;
        let mut text = String::new();
        let mut ended = false;
        for _ in 0..length / 7 {
            let byte = u8::try_from(self.number(7)?).unwrap_or_default();
            match (ended, byte) {
                (_, 0) => ended = true,
                (false, byte) if is_character_82(byte) => text.push(char::from(byte)),
                _ => return Err("a character is none that GS1 keys have".to_owned()),
            }
        }
        let left = end - self.at;
        match self.number(left)? {
            0 => Ok(text),
            _ => Err("bits are set behind the last character".to_owned()),
        }
    }

    fn six(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        loop {
            match self.number(6)? {
                0 => return Ok(text),
                six => text.push(character_of_six(six)),
            }
        }
    }

    fn code(&mut self, bits: usize) -> Result<String, Fault> {
        let mut text = String::new();
        for _ in 0..6 {
            let value = self.number(bits)?;
            text.push(match bits {
                6 => character_of_six(value),
                _ => char::from(u8::try_from(value).unwrap_or_default()),
            });
        }
        Ok(text.strip_prefix(' ').map(str::to_owned).unwrap_or(text))
    }

    fn rest_has_ones(&self) -> bool {
        self.bits.iter().skip(self.at).any(|bit| *bit)
    }
}
