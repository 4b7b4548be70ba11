//! The kinds of key, told from the canonical text.

use std::fmt;

/// The kind of an identifier. The names are those of GS1 EPC TDS 2.0 section 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// One trade item with its serial number (AI 01, 21).
    Sgtin,
    /// A class of trade items (AI 01).
    Gtin,
    /// A lot of trade items (AI 01, 10).
    Lgtin,
    /// A trade item with a third-party serial, as tobacco has (AI 01, 235).
    Upui,
    /// A logistic unit: case, pallet (AI 00).
    Sscc,
    /// A place, perhaps with an inner place (AI 414, 254).
    Sgln,
    /// A party (AI 417).
    Pgln,
    /// A returnable asset (AI 8003).
    Grai,
    /// A class of returnable assets (AI 8003 without serial).
    GraiClass,
    /// An individual asset (AI 8004).
    Giai,
    /// A recipient of services (AI 8018).
    Gsrn,
    /// A provider of services (AI 8017).
    Gsrnp,
    /// A document (AI 253).
    Gdti,
    /// A class of documents (AI 253 without serial).
    GdtiClass,
    /// A component or part with serial (AI 8010, 8011).
    Cpi,
    /// A class of components (AI 8010).
    CpiClass,
    /// A coupon with serial (AI 255).
    Sgcn,
    /// A class of coupons (AI 255 without serial).
    GcnClass,
    /// A consignment (AI 401).
    Ginc,
    /// A shipment (AI 402).
    Gsin,
    /// One piece of a trade item of several pieces (AI 8006, 21).
    Itip,
    /// A class of such pieces, or a lot of them (AI 8006, 10).
    ItipClass,
    /// A general identifier of the old EPC system.
    Gid,
    /// An item of a supplier to the US Department of Defense: CAGE or DoDAAC and serial.
    Usdod,
    /// An aerospace or defence part: CAGE or DoDAAC, part number and serial.
    Adi,
    /// A freight container (ISO 6346).
    Bic,
    /// A ship (IMO number).
    Imovn,
    /// Any other absolute URI.
    Uri,
}

impl Scheme {
    /// The kind of a canonical text as [`super::Epc::key`] gives it.
    pub(super) fn of(text: &str) -> Self {
        if !text.starts_with(|first: char| first.is_ascii_digit()) {
            return Self::of_urn(text);
        }
        let mut parts = text.splitn(4, '/');
        let (ai, value, qualifier) = (
            parts.next().unwrap_or(""),
            parts.next().unwrap_or(""),
            parts.next(),
        );
        match (ai, qualifier) {
            ("01", Some("21")) => Self::Sgtin,
            ("01", Some("10")) => Self::Lgtin,
            ("01", Some("235")) => Self::Upui,
            ("01", _) => Self::Gtin,
            ("00", _) => Self::Sscc,
            ("414", _) => Self::Sgln,
            ("417", _) => Self::Pgln,
            ("8003", _) if value.len() > 14 => Self::Grai,
            ("8003", _) => Self::GraiClass,
            ("8004", _) => Self::Giai,
            ("8018", _) => Self::Gsrn,
            ("8017", _) => Self::Gsrnp,
            ("253", _) if value.len() > 13 => Self::Gdti,
            ("253", _) => Self::GdtiClass,
            ("255", _) if value.len() > 13 => Self::Sgcn,
            ("255", _) => Self::GcnClass,
            ("8010", Some(_)) => Self::Cpi,
            ("8010", None) => Self::CpiClass,
            ("401", _) => Self::Ginc,
            ("402", _) => Self::Gsin,
            ("8006", Some("21")) => Self::Itip,
            ("8006", _) => Self::ItipClass,
            _ => Self::Uri,
        }
    }

    fn of_urn(text: &str) -> Self {
        let scheme = text
            .strip_prefix("urn:epc:id:")
            .and_then(|rest| rest.split(':').next());
        match scheme {
            Some("gid") => Self::Gid,
            Some("usdod") => Self::Usdod,
            Some("adi") => Self::Adi,
            Some("bic") => Self::Bic,
            Some("imovn") => Self::Imovn,
            _ => Self::Uri,
        }
    }

    /// The short name, as in EPC URNs where the scheme has one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sgtin => "sgtin",
            Self::Gtin => "gtin",
            Self::Lgtin => "lgtin",
            Self::Upui => "upui",
            Self::Sscc => "sscc",
            Self::Sgln => "sgln",
            Self::Pgln => "pgln",
            Self::Grai => "grai",
            Self::GraiClass => "grai class",
            Self::Giai => "giai",
            Self::Gsrn => "gsrn",
            Self::Gsrnp => "gsrnp",
            Self::Gdti => "gdti",
            Self::GdtiClass => "gdti class",
            Self::Cpi => "cpi",
            Self::CpiClass => "cpi class",
            Self::Sgcn => "sgcn",
            Self::GcnClass => "gcn class",
            Self::Ginc => "ginc",
            Self::Gsin => "gsin",
            Self::Itip => "itip",
            Self::ItipClass => "itip class",
            Self::Gid => "gid",
            Self::Usdod => "usdod",
            Self::Adi => "adi",
            Self::Bic => "bic",
            Self::Imovn => "imovn",
            Self::Uri => "uri",
        }
    }

    /// In words, for messages.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sgtin => "a trade item with serial (SGTIN)",
            Self::Gtin => "a class of trade items (GTIN)",
            Self::Lgtin => "a lot of trade items (LGTIN)",
            Self::Upui => "a trade item with third-party serial (UPUI)",
            Self::Sscc => "a logistic unit (SSCC)",
            Self::Sgln => "a place (SGLN)",
            Self::Pgln => "a party (PGLN)",
            Self::Grai => "a returnable asset (GRAI)",
            Self::GraiClass => "a class of returnable assets (GRAI)",
            Self::Giai => "an individual asset (GIAI)",
            Self::Gsrn => "a recipient of services (GSRN)",
            Self::Gsrnp => "a provider of services (GSRNP)",
            Self::Gdti => "a document (GDTI)",
            Self::GdtiClass => "a class of documents (GDTI)",
            Self::Cpi => "a component or part (CPI)",
            Self::CpiClass => "a class of components (CPI)",
            Self::Sgcn => "a coupon (SGCN)",
            Self::GcnClass => "a class of coupons (GCN)",
            Self::Ginc => "a consignment (GINC)",
            Self::Gsin => "a shipment (GSIN)",
            Self::Itip => "a piece of a trade item (ITIP)",
            Self::ItipClass => "a class of pieces (ITIP)",
            Self::Gid => "a general identifier (GID)",
            Self::Usdod => "an item of a military supplier (USDoD)",
            Self::Adi => "an aerospace or defence part (ADI)",
            Self::Bic => "a freight container (BIC)",
            Self::Imovn => "a ship (IMOVN)",
            Self::Uri => "a URI of another kind",
        }
    }

    /// Whether such a key names a class or a lot, counted in quantities (CBV 2.0 section 8.3).
    pub const fn is_class(self) -> bool {
        matches!(
            self,
            Self::Gtin
                | Self::Lgtin
                | Self::GraiClass
                | Self::GdtiClass
                | Self::CpiClass
                | Self::GcnClass
                | Self::ItipClass
        )
    }

    /// Whether such a key names one single object; any other URI may, so it counts as one.
    pub const fn is_instance(self) -> bool {
        !self.is_class() && !matches!(self, Self::Sgln | Self::Pgln)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
