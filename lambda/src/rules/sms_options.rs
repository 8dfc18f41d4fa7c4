//! The options with which messages are sent, whatever the service.

/// The options of every message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsOptions {
    /// The kind of messages, by which they are routed and billed.
    pub sms_type: SmsType,
    /// The name that messages come from.
    pub sender_id: Option<SenderId>,
    /// The number that messages come from.
    pub origination: Option<OriginationNumber>,
    /// The highest price of one part of a message.
    pub max_price: Option<MaxPrice>,
}

impl SmsOptions {
    /// Returns options with a type and nothing else.
    pub fn of_type(sms_type: SmsType) -> Self {
        Self {
            sms_type,
            sender_id: None,
            origination: None,
            max_price: None,
        }
    }
}

/// The kind of a message, by which it is routed and billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsType {
    /// At the lowest cost.
    Promotional,
    /// With the highest reliability.
    Transactional,
}

impl SmsType {
    /// Returns SNS's name of the type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Promotional => "Promotional",
            Self::Transactional => "Transactional",
        }
    }
}

/// The name a handset shows as the sender: 3 to 11 letters and digits, a letter among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderId(String);

impl SenderId {
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = (3..=11).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && text.bytes().any(|byte| byte.is_ascii_alphabetic());
        well_formed.then(|| Self(text.to_owned()))
    }

    /// Returns the sender id as AWS accepts it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A number of the account that messages come from: 5 to 15 digits, with a plus unless it is a short code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginationNumber(String);

impl OriginationNumber {
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let well_formed =
            (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        well_formed.then(|| Self(text.to_owned()))
    }

    /// Returns the number as AWS accepts it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A price in US dollars: up to two digits, and a point with up to five more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaxPrice(String);

impl MaxPrice {
    /// Reads a price above zero. The price always gets a decimal point, since End User Messaging refuses a
    /// price without one.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str, most| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let well_formed = digits(whole, 2)
            && digits(part, 5)
            && format!("{whole}{part}").bytes().any(|digit| digit != b'0');
        well_formed.then(|| Self(format!("{whole}.{part}")))
    }

    /// Returns the price as AWS accepts it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_prices() {
        for (text, price) in [
            ("0.05", Some("0.05")),
            ("1", Some("1.0")),
            ("99.99999", Some("99.99999")),
            ("0.00001", Some("0.00001")),
            ("0", None),
            ("0.0", None),
            ("", None),
            (".5", None),
            ("1.", None),
            ("100", None),
            ("1.000001", None),
            ("-1", None),
            ("1,5", None),
            ("1e1", None),
        ] {
            let read = MaxPrice::parse(text);
            assert_eq!(read.as_ref().map(MaxPrice::as_str), price, "{text}");
        }
    }

    #[test]
    fn reads_origination_numbers() {
        for good in ["+815012345678", "12345", "0005123456"] {
            assert_eq!(OriginationNumber::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "+",
            "1234",
            "+1234",
            "+81 50",
            "1234567890123456",
            "abcde",
        ] {
            assert!(OriginationNumber::parse(bad).is_none(), "{bad}");
        }
    }
}
