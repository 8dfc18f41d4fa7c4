//! PINs that are issued at random: none that is easy to guess, and few enough for their length.

use std::collections::HashSet;

use connect_pin_sms::rules::pin::Pin;
use time::{Date, Month};

/// The reason why PINs are not issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueFault {
    /// A member could guess a PIN too easily.
    #[error(
        "of {space} PINs of {digits} digits at most {most} may be valid, but {valid} would be ({taken} in \
         the table and {count} new ones): one member with {tries} wrong PINs a day would guess one with a \
         probability of 1 % or more; use --length {enough}"
    )]
    TooMany {
        digits: u8,
        space: u64,
        most: u64,
        valid: u64,
        taken: u64,
        count: u64,
        tries: u32,
        /// The shortest length that is long enough.
        enough: u8,
    },
    /// No length is enough.
    #[error("no length up to 16 digits is enough for {0} valid PINs")]
    NoLength(u64),
    /// The function would refuse the PINs as too short.
    #[error("--length must be at least the line's pin.min_length, {fewest}, was {digits}")]
    TooShort { digits: u8, fewest: usize },
    /// The random numbers are no random numbers.
    #[error("the random number generator must give {0} different PINs, but repeats itself")]
    Repeating(u32),
}

/// The request for PINs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issue {
    /// The number of new PINs.
    pub count: u32,
    /// Their number of digits.
    pub digits: u8,
    /// The PINs in the table that a caller could hit at this length.
    pub taken: u64,
    /// The wrong PINs that one member has a day.
    pub tries: u32,
    /// The fewest digits that the line accepts.
    pub fewest: usize,
}

/// The reciprocal of the probability that is too high: 1 %, which docs/security.md shows for four digits
/// and ten campaigns, and advises against.
const RARE: u64 = 100;

impl Issue {
    /// Checks that a member who uses all wrong PINs of a day hits a valid one with less than 1 %: with `t`
    /// tries, `n` valid PINs and `d` digits the probability is about `t × n ÷ 10^d` (docs/security.md).
    ///
    /// # Errors
    /// When the PINs are too many or too short.
    pub fn check(self) -> Result<(), IssueFault> {
        if usize::from(self.digits) < self.fewest {
            return Err(IssueFault::TooShort {
                digits: self.digits,
                fewest: self.fewest,
            });
        }
        let valid = self.taken + u64::from(self.count);
        let most = self.most(self.digits);
        if valid <= most {
            return Ok(());
        }
        let mut longer = self.digits + 1..=16;
        match longer.find(|digits| valid <= self.most(*digits)) {
            Some(enough) => Err(IssueFault::TooMany {
                digits: self.digits,
                space: space(self.digits),
                most,
                valid,
                taken: self.taken,
                count: u64::from(self.count),
                tries: self.tries,
                enough,
            }),
            None => Err(IssueFault::NoLength(valid)),
        }
    }

    fn most(self, digits: u8) -> u64 {
        space(digits) / RARE / u64::from(self.tries.max(1))
    }

    /// Returns the next new PINs that are not easy and not among `issued`, and adds them there. `below`
    /// returns a random number below its argument.
    ///
    /// # Errors
    /// When the random numbers repeat themselves.
    pub fn draw(
        self,
        count: usize,
        issued: &mut HashSet<Pin>,
        mut below: impl FnMut(u64) -> u64,
    ) -> Result<Vec<Pin>, IssueFault> {
        let mut pins = Vec::with_capacity(count);
        // A generator that works needs a few more draws than PINs: at most one in three PINs is easy.
        for _ in 0..count.saturating_mul(20).saturating_add(1000) {
            if pins.len() == count {
                break;
            }
            let number = below(space(self.digits));
            let text = format!("{number:0width$}", width = usize::from(self.digits));
            let Some(pin) = Pin::parse(&text).filter(|_| !is_easy(&text)) else {
                continue;
            };
            if issued.insert(pin.clone()) {
                pins.push(pin);
            }
        }
        if pins.len() == count {
            Ok(pins)
        } else {
            Err(IssueFault::Repeating(self.count))
        }
    }
}

fn space(digits: u8) -> u64 {
    10_u64.saturating_pow(u32::from(digits))
}

/// Reports whether a guesser would try a PIN early: one digit or one group over and over, digits counted
/// up or down, and dates.
pub fn is_easy(pin: &str) -> bool {
    repeats(pin) || counts(pin) || is_date(pin)
}

/// Reports whether a group is repeated: `1111`, `4747`, `123123`.
fn repeats(pin: &str) -> bool {
    let groups = 1..=pin.len() / 2;
    groups
        .filter(|length| pin.len().is_multiple_of(*length))
        .any(|length| {
            let group = pin.get(..length).unwrap_or_default();
            group.repeat(pin.len() / length) == pin
        })
}

/// Reports whether each digit is one more, or one less, than the one before; 0 follows 9.
fn counts(pin: &str) -> bool {
    let digits = pin.as_bytes();
    let steps = |step: u8| {
        digits
            .windows(2)
            .all(|pair| matches!(pair, [one, next] if (one - b'0' + step) % 10 == next - b'0'))
    };
    digits.len() > 1 && (steps(1) || steps(9))
}

/// Reports whether the digits are a date or a year in a usual order.
fn is_date(pin: &str) -> bool {
    let part =
        |from: usize, length: usize| -> Option<u16> { pin.get(from..from + length)?.parse().ok() };
    let date = |year: Option<u16>, month: Option<u16>, day: Option<u16>| -> bool {
        let month = month.and_then(|month| Month::try_from(u8::try_from(month).ok()?).ok());
        let day = day.and_then(|day| u8::try_from(day).ok());
        let (Some(year), Some(month), Some(day)) = (year, month, day) else {
            return false;
        };
        Date::from_calendar_date(i32::from(year), month, day).is_ok()
    };
    let likely = |year: Option<u16>| year.filter(|year| (1900..2100).contains(year));
    // A leap year, so that 29 February is a date.
    let any = Some(2000);
    // Two digits of a year stand for either century; a leap year in one of them is a date.
    let short = |year: Option<u16>| year.map(|year| 2000 + year);
    match pin.len() {
        4 => {
            likely(part(0, 4)).is_some()
                || date(any, part(0, 2), part(2, 2))
                || date(any, part(2, 2), part(0, 2))
        }
        6 => {
            let month_of_year = |year, month: Option<u16>| {
                likely(year).is_some() && month.is_some_and(|month| (1..=12).contains(&month))
            };
            date(short(part(0, 2)), part(2, 2), part(4, 2))
                || date(short(part(4, 2)), part(2, 2), part(0, 2))
                || date(short(part(4, 2)), part(0, 2), part(2, 2))
                || month_of_year(part(0, 4), part(4, 2))
                || month_of_year(part(2, 4), part(0, 2))
        }
        8 => {
            date(likely(part(0, 4)), part(4, 2), part(6, 2))
                || date(likely(part(4, 4)), part(2, 2), part(0, 2))
                || date(likely(part(4, 4)), part(0, 2), part(2, 2))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_and_counted_digits_and_dates_are_easy() {
        for easy in [
            "1111", "4747", "123123", "00000000", "1234", "456789", "78901234", "4321", "98765432",
            "2109", // repeated and counted
            "1987", "2026", "0229", "3112", "1231", // years and days
            "870412", "120487", "041287", "202604", "042026", // dates of six digits
            "19870412", "12041987", "04121987", // and of eight
        ] {
            assert!(is_easy(easy), "{easy}");
        }
        for good in [
            "0047",
            "4711",
            "7093",
            "3213",
            "0230",
            "471147",
            "471174",
            "991399",
            "47110815",
            "19871399",
            "00420815",
            "1357924680",
        ] {
            assert!(!is_easy(good), "{good}");
        }
    }

    fn issue(count: u32, digits: u8, taken: u64) -> Issue {
        Issue {
            count,
            digits,
            taken,
            tries: 10,
            fewest: 4,
        }
    }

    /// The limits are those of the table in docs/security.md: 1 % a day at four digits and ten campaigns.
    #[test]
    fn too_many_pins_for_their_length_are_refused_with_figures() {
        for (count, digits, taken) in [(10, 4, 0), (1000, 6, 0), (100, 6, 900), (100_000, 8, 0)] {
            assert_eq!(
                issue(count, digits, taken).check(),
                Ok(()),
                "{count} of {digits}"
            );
        }
        let fault = issue(1000, 6, 1).check().unwrap_err().to_string();
        assert_eq!(
            fault,
            "of 1000000 PINs of 6 digits at most 1000 may be valid, but 1001 would be (1 in the table and \
             1000 new ones): one member with 10 wrong PINs a day would guess one with a probability of 1 % \
             or more; use --length 7"
        );
        let short = Issue {
            fewest: 6,
            ..issue(1, 5, 0)
        };
        let expected = IssueFault::TooShort {
            digits: 5,
            fewest: 6,
        };
        assert_eq!(short.check(), Err(expected));
    }

    #[test]
    fn pins_are_unique_and_never_easy_and_keep_their_zeros() {
        // Counts through all numbers, easy ones and those that are issued already among them.
        let mut next = 0;
        let mut below = |space: u64| {
            next += 1;
            next % space
        };
        let mut issued = HashSet::from([Pin::parse("0047").unwrap()]);
        let pins = issue(10, 4, 0).draw(10, &mut issued, &mut below).unwrap();
        let texts: Vec<_> = pins.iter().map(Pin::expose).collect();
        assert_eq!(texts[0], "0001");
        assert!(texts.iter().all(|pin| pin.len() == 4 && !is_easy(pin)));
        let more = issue(100, 4, 0).draw(100, &mut issued, &mut below).unwrap();
        assert!(more.iter().all(|pin| pin.expose() != "0047"));
        assert_eq!(issued.len(), 111);
        let stuck = issue(2, 4, 0).draw(2, &mut HashSet::new(), |_| 4711);
        assert_eq!(stuck, Err(IssueFault::Repeating(2)));
    }
}
