//! North American coupons: the fields of AI (8110) and AI (8112) (GS1 General Specifications sections 3.9.17 and 3.9.19).
//!
//! Both are chains of fields of which many start with one digit that says how long the rest is. They are checked and not
//! interpreted: a ledger of goods stores them as they are.

use super::checks::{Fault, fault};

/// The digits not yet read.
struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn take(&mut self, length: usize, name: &str) -> Result<&str, Fault> {
        match self.0.split_at_checked(length) {
            Some((field, rest)) if field.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.0 = rest;
                Ok(field)
            }
            _ => fault(
                format!("the coupon's {name} is not {length} digits"),
                "compare the code with the coupon",
            ),
        }
    }

    fn digit(&mut self, allowed: &str, name: &str) -> Result<usize, Fault> {
        let digit = self.take(1, name)?;
        match allowed.contains(digit) {
            true => Ok(digit.bytes().map(|byte| usize::from(byte - b'0')).sum()),
            false => fault(
                format!("the coupon's {name} is {digit} and may be one of {allowed}"),
                "compare the code with the coupon",
            ),
        }
    }

    /// A field whose first digit says how many more follow beyond `least`.
    fn sized(&mut self, allowed: &str, least: usize, name: &str) -> Result<(), Fault> {
        let length = least + self.digit(allowed, &format!("length of {name}"))?;
        self.take(length, name).map(drop)
    }

    /// A date as YYMMDD, which sorts as it counts within a century.
    fn date(&mut self, name: &str) -> Result<String, Fault> {
        let text = self.take(6, name)?;
        super::checks::Check::Date
            .run(text)
            .map_err(|(what, remedy)| (format!("the coupon's {name}: {what}"), remedy))?;
        Ok(text.to_owned())
    }

    /// What has to be bought: value, code and family.
    fn purchase(&mut self, name: &str) -> Result<(), Fault> {
        self.sized("12345", 0, &format!("{name} requirement"))?;
        self.digit("012349", &format!("{name} requirement code"))?;
        self.take(3, &format!("{name} family code")).map(drop)
    }

    /// As before, by a company that may be another; 9 says that it is the same one.
    fn further_purchase(&mut self, name: &str) -> Result<(), Fault> {
        self.purchase(name)?;
        let what = format!("{name} company prefix");
        match self.digit("01234569", &format!("length of {what}"))? {
            9 => Ok(()),
            more => self.take(6 + more, &what).map(drop),
        }
    }
}

/// AI (8110).
pub(super) fn coupon(text: &str) -> Result<(), Fault> {
    let mut rest = Rest(text);
    rest.sized("0123456", 6, "company prefix")?;
    rest.take(6, "offer code")?;
    rest.sized("12345", 0, "save value")?;
    rest.purchase("primary purchase")?;
    let mut last = 0;
    let mut expiry: Option<String> = None;
    while !rest.0.is_empty() {
        let field = rest.digit("1234569", "optional field")?;
        if field <= last {
            return fault(
                "the coupon's optional fields are not in ascending order",
                "compare the code with the coupon",
            );
        }
        last = field;
        match field {
            1 => {
                rest.digit("0123", "additional purchase rule")?;
                rest.further_purchase("second purchase")?;
            }
            2 => rest.further_purchase("third purchase")?,
            3 => expiry = Some(rest.date("expiration date")?),
            4 => {
                let start = rest.date("start date")?;
                if expiry.as_ref().is_some_and(|expiry| *expiry < start) {
                    return fault(
                        "the coupon ends before it starts",
                        "compare the code with the coupon",
                    );
                }
            }
            5 => rest.sized("0123456789", 6, "serial number")?,
            6 => rest.sized("1234567", 6, "retailer")?,
            _ => {
                rest.digit("01256", "save value code")?;
                rest.digit("012", "item that the save value applies to")?;
                rest.digit("0123456789", "store coupon flag")?;
                rest.digit("01", "multiplication flag")?;
            }
        }
    }
    Ok(())
}

/// AI (8112).
pub(super) fn offer(text: &str) -> Result<(), Fault> {
    let mut rest = Rest(text);
    rest.digit("01", "format")?;
    rest.sized("0123456", 6, "funder")?;
    rest.take(6, "offer code")?;
    rest.sized("0123456789", 6, "serial number")?;
    match rest.0.is_empty() {
        true => Ok(()),
        false => fault(
            "the coupon has something behind its serial number",
            "compare the code with the coupon",
        ),
    }
}
