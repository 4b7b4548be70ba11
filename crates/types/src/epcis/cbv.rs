//! Terms of the Core Business Vocabulary (GS1 CBV 2.0 chapter 7), compact and canonical.
//!
//! A term is written as a bare word (`shipping`), a CURIE (`cbv:BizStep-shipping`), a web URI
//! (`https://ref.gs1.org/cbv/BizStep-shipping`) or the URN of CBV 1.2; all are one value here, stored
//! as a number. Any other URI is somebody's own term and kept as `Other`. A bare word, or a URI that
//! claims to be of the vocabulary (`cbv:BizStep-...`), is refused when the vocabulary does not have it.
//!
//! Invariant: the numbers are stored, so they are never changed or used again.

use crate::limits::IDENTIFIER_BYTES_MAX;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Why a text is no term of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what} of CBV 2.0; use one of its words or a URI of your own namespace")]
pub struct TermError {
    /// The text, cut.
    pub text: String,
    /// The vocabulary.
    pub what: &'static str,
}

/// One vocabulary: its words by number, and the two namespaces GS1 gave it.
struct Vocabulary {
    what: &'static str,
    web: &'static str,
    urn: &'static str,
    words: &'static [&'static str],
}

enum Found {
    Known(u8),
    Other(Box<str>),
}

impl Vocabulary {
    fn number(&self, word: &str) -> Option<u8> {
        self.words
            .iter()
            .position(|known| *known == word)
            .and_then(|at| u8::try_from(at).ok())
    }

    fn find(&self, text: &str) -> Result<Found, TermError> {
        let refuse = || TermError {
            text: text.chars().take(80).collect(),
            what: self.what,
        };
        let word = text
            .strip_prefix(self.web)
            .or_else(|| text.strip_prefix(self.urn));
        if let Some(number) = self.number(word.unwrap_or(text)) {
            return Ok(Found::Known(number));
        }
        let own = is_absolute(text)
            && text.len() <= IDENTIFIER_BYTES_MAX
            && word.is_none()
            && text.bytes().all(|b| b.is_ascii_graphic());
        if own {
            Ok(Found::Other(text.into()))
        } else {
            Err(refuse())
        }
    }
}

/// Whether it starts as a URI or a CURIE does: with a scheme or a prefix (RFC 3986 section 3.1).
pub(super) fn is_absolute(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_'))
    })
}

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident, $what:literal, $web:literal, $urn:literal,
     { $($variant:ident = $number:literal $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`")] $variant,)+
            /// A term of somebody's own namespace: its URI.
            Other(Box<str>),
        }

        impl $name {
            const VOCABULARY: Vocabulary =
                Vocabulary { what: $what, web: concat!("https://ref.gs1.org/cbv/", $web), urn: $urn, words: &[$($word),+] };

            /// Reads a bare word or a full URI (prefixes already expanded).
            pub fn parse(text: &str) -> Result<Self, TermError> {
                match Self::VOCABULARY.find(text)? {
                    Found::Known(number) => Self::from_number(number)
                        .ok_or(TermError { text: text.to_owned(), what: $what }),
                    Found::Other(uri) => Ok(Self::Other(uri)),
                }
            }

            /// The bare word, or the URI of a term that is not GS1's.
            pub fn word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(uri) => uri,
                }
            }

            /// The full URI.
            pub fn uri(&self) -> String {
                match self {
                    Self::Other(uri) => uri.to_string(),
                    known => format!("{}{}", Self::VOCABULARY.web, known.word()),
                }
            }

            /// The URN of CBV 1.2, or the URI of a term that is not GS1's.
            pub fn urn(&self) -> String {
                match self {
                    Self::Other(uri) => uri.to_string(),
                    known => format!("{}{}", Self::VOCABULARY.urn, known.word()),
                }
            }

            /// Every word of the standard, in the order of the stored numbers.
            pub const fn words() -> &'static [&'static str] {
                Self::VOCABULARY.words
            }

            fn number(&self) -> Option<u8> {
                match self {
                    $(Self::$variant => Some($number),)+
                    Self::Other(_) => None,
                }
            }

            fn from_number(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.number() {
                    Some(number) if !serializer.is_human_readable() => serializer.serialize_u8(number),
                    _ => serializer.serialize_str(self.word()),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let readable = deserializer.is_human_readable();
                match Stored::deserialize(deserializer)? {
                    Stored::Number(number) => Self::from_number(number)
                        .ok_or_else(|| de::Error::custom(format!("{number} is no {}", $what))),
                    Stored::Text(text) => match Self::parse(&text).map_err(de::Error::custom)? {
                        term if readable || term.number().is_none() => Ok(term),
                        _ => Err(de::Error::custom(concat!("a known ", $what, " is stored as its number"))),
                    },
                }
            }
        }
    };
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Number(u8),
    Text(String),
}

vocabulary! {
    /// The step of the business process (CBV 2.0 section 7.1).
    BizStep, "business step", "BizStep-", "urn:epcglobal:cbv:bizstep:", {
        Accepting = 0 "accepting", Arriving = 1 "arriving", Assembling = 2 "assembling",
        Collecting = 3 "collecting", Commissioning = 4 "commissioning", Consigning = 5 "consigning",
        CreatingClassInstance = 6 "creating_class_instance", CycleCounting = 7 "cycle_counting",
        Decommissioning = 8 "decommissioning", Departing = 9 "departing", Destroying = 10 "destroying",
        Disassembling = 11 "disassembling", Dispensing = 12 "dispensing", Encoding = 13 "encoding",
        EnteringExiting = 14 "entering_exiting", Holding = 15 "holding", Inspecting = 16 "inspecting",
        Installing = 17 "installing", Killing = 18 "killing", Loading = 19 "loading",
        OtherStep = 20 "other", Packing = 21 "packing", Picking = 22 "picking",
        Receiving = 23 "receiving", Removing = 24 "removing", Repackaging = 25 "repackaging",
        Repairing = 26 "repairing", Replacing = 27 "replacing", Reserving = 28 "reserving",
        RetailSelling = 29 "retail_selling", Sampling = 30 "sampling",
        SensorReporting = 31 "sensor_reporting", Shipping = 32 "shipping",
        StagingOutbound = 33 "staging_outbound", StockTaking = 34 "stock_taking",
        Stocking = 35 "stocking", Storing = 36 "storing", Transporting = 37 "transporting",
        Unloading = 38 "unloading", Unpacking = 39 "unpacking", VoidShipping = 40 "void_shipping",
    }
}

vocabulary! {
    /// The business condition of objects after the event (CBV 2.0 section 7.2).
    Disposition, "disposition", "Disp-", "urn:epcglobal:cbv:disp:", {
        Active = 0 "active", Available = 1 "available",
        CompletenessVerified = 2 "completeness_verified", CompletenessInferred = 3 "completeness_inferred",
        Conformant = 4 "conformant", ContainerClosed = 5 "container_closed",
        ContainerOpen = 6 "container_open", Damaged = 7 "damaged", Destroyed = 8 "destroyed",
        Dispensed = 9 "dispensed", Disposed = 10 "disposed", Encoded = 11 "encoded",
        Expired = 12 "expired", InProgress = 13 "in_progress", InTransit = 14 "in_transit",
        Inactive = 15 "inactive", MismatchInstance = 16 "mismatch_instance",
        MismatchClass = 17 "mismatch_class", MismatchQuantity = 18 "mismatch_quantity",
        NeedsReplacement = 19 "needs_replacement", NoPedigreeMatch = 20 "no_pedigree_match",
        NonConformant = 21 "non_conformant", NonSellableOther = 22 "non_sellable_other",
        PartiallyDispensed = 23 "partially_dispensed", Recalled = 24 "recalled",
        Reserved = 25 "reserved", RetailSold = 26 "retail_sold", Returned = 27 "returned",
        SellableAccessible = 28 "sellable_accessible",
        SellableNotAccessible = 29 "sellable_not_accessible", Stolen = 30 "stolen",
        Unavailable = 31 "unavailable", Unknown = 32 "unknown",
    }
}

vocabulary! {
    /// The kind of a business document (CBV 2.0 section 7.3).
    BizTransactionType, "business transaction type", "BTT-", "urn:epcglobal:cbv:btt:", {
        Bol = 0 "bol", Cert = 1 "cert", Desadv = 2 "desadv", Inv = 3 "inv", Pedigree = 4 "pedigree",
        Po = 5 "po", Poc = 6 "poc", Prodorder = 7 "prodorder", Recadv = 8 "recadv", Rma = 9 "rma",
        Testprd = 10 "testprd", Testres = 11 "testres", Upevt = 12 "upevt",
    }
}

vocabulary! {
    /// What a source or destination is (CBV 2.0 section 7.4).
    SourceDestType, "source or destination type", "SDT-", "urn:epcglobal:cbv:sdt:", {
        OwningParty = 0 "owning_party", PossessingParty = 1 "possessing_party", Location = 2 "location",
    }
}

vocabulary! {
    /// Why an earlier event is declared wrong (CBV 2.0 section 7.5).
    ErrorReason, "error reason", "ER-", "urn:epcglobal:cbv:er:", {
        DidNotOccur = 0 "did_not_occur", IncorrectData = 1 "incorrect_data",
    }
}

/// What a sensor measures, as bare words for `https://gs1.org/voc/` (CBV 2.0 section 7.8).
pub(super) const MEASUREMENT_TYPES: &[&str] = &[
    "AbsoluteHumidity",
    "AbsorbedDose",
    "AbsorbedDoseRate",
    "Acceleration",
    "Altitude",
    "AmountOfSubstance",
    "AmountOfSubstancePerUnitVolume",
    "Angle",
    "AngularAcceleration",
    "AngularMomentum",
    "AngularVelocity",
    "Area",
    "Capacitance",
    "Conductance",
    "Conductivity",
    "Count",
    "Density",
    "Dimensionless",
    "DoseEquivalent",
    "DoseEquivalentRate",
    "DynamicViscosity",
    "ElectricCharge",
    "ElectricCurrent",
    "ElectricCurrentDensity",
    "ElectricFieldStrength",
    "Energy",
    "Exposure",
    "Force",
    "Frequency",
    "Illuminance",
    "Inductance",
    "Irradiance",
    "KinematicViscosity",
    "Length",
    "LinearMomentum",
    "Luminance",
    "LuminousFlux",
    "LuminousIntensity",
    "MagneticFlux",
    "MagneticFluxDensity",
    "MagneticVectorPotential",
    "Mass",
    "MassConcentration",
    "MassFlowRate",
    "MassPerAreaTime",
    "MemoryCapacity",
    "MolalityOfSolute",
    "MolarEnergy",
    "MolarMass",
    "MolarVolume",
    "Power",
    "Pressure",
    "RadiantFlux",
    "RadiantIntensity",
    "Radioactivity",
    "RelativeHumidity",
    "Resistance",
    "Resistivity",
    "SolidAngle",
    "SpecificVolume",
    "Speed",
    "SurfaceDensity",
    "SurfaceTension",
    "Temperature",
    "Time",
    "Torque",
    "Voltage",
    "Volume",
    "VolumeFlowRate",
    "VolumeFraction",
    "VolumetricFlux",
    "Wavenumber",
];

/// Alarms of a sensor, as bare words for `https://gs1.org/voc/` (CBV 2.0 section 7.7).
pub(super) const SENSOR_EXCEPTIONS: &[&str] = &["ALARM_CONDITION", "ERROR_CONDITION"];

/// Components of a vector, as bare words for `https://ref.gs1.org/cbv/Comp-` (CBV 2.0 section 7.6).
pub(super) const COMPONENTS: &[&str] = &[
    "x",
    "y",
    "z",
    "axial_distance",
    "azimuth",
    "height",
    "spherical_radius",
    "polar_angle",
    "elevation_angle",
    "easting",
    "northing",
    "latitude",
    "longitude",
    "altitude",
];
