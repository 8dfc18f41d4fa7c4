//! Phone numbers.

use std::fmt;

/// A phone number in E.164 form, which prints itself masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// The number of digits from which a mask that shows six of them hides enough.
const DIGITS_WORTH_SHOWING: usize = 10;

impl PhoneNumber {
    /// Reads `+` and 2 to 15 digits, the first of them not zero. Any other text is not a number, among
    /// them the stand-ins for a withheld one: an empty text, `anonymous`, a SIP address.
    ///
    /// Numbers are not normalised: the tables are loaded with E.164 keys, and Amazon Connect delivers the
    /// same form.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let well_formed = (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        well_formed.then(|| Self(text.to_owned()))
    }

    /// Returns the whole number, only for the request that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = &self.0[1..];
        if digits.len() < DIGITS_WORTH_SHOWING {
            return f.write_str("+*****");
        }
        // Always five stars: their count must not reveal the number's length.
        write!(f, "+{}*****{}", &digits[..2], &digits[digits.len() - 4..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_e164_only() {
        for good in ["+12", "+819011112222", "+123456789012345"] {
            assert!(PhoneNumber::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "+",
            "+1",
            "+0312345678",
            "09011112222",
            "819011112222",
            "+81 90 1111 2222",
            "+81-90-1111-2222",
            "+1234567890123456",
            "+８１９０",
            " +819011112222",
            "+819011112222\n",
            "anonymous",
            "Anonymous",
            "sip:someone@example.com",
            "sip:+819011112222@example.com",
        ] {
            assert!(PhoneNumber::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn prints_country_and_last_four_only() {
        let number = PhoneNumber::parse("+819011112222").unwrap();
        assert_eq!(number.to_string(), "+81*****2222");
        assert_eq!(format!("{number:?}"), "+81*****2222");
        assert_eq!(format!("{:?}", Some(&number)), "Some(+81*****2222)");
        assert_eq!(number.expose(), "+819011112222");
    }

    #[test]
    fn prints_nothing_of_a_short_number() {
        assert_eq!(
            PhoneNumber::parse("+123456789").unwrap().to_string(),
            "+*****"
        );
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_printing_hides_the_number(text in "\\PC{0,20}|\\+[0-9]{0,17}") {
            if let Some(number) = PhoneNumber::parse(&text) {
                prop_assert_eq!(number.expose(), &text);
                let shown = number.to_string();
                prop_assert!(shown.contains("*****"));
                prop_assert!(shown.chars().filter(char::is_ascii_digit).count() <= 6);
            }
        }

        #[test]
        fn every_e164_number_is_read(text in "\\+[1-9][0-9]{1,14}") {
            prop_assert!(PhoneNumber::parse(&text).is_some());
        }
    }
}
