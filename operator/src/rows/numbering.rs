//! The numbering plans of all countries, from Google's libphonenumber.
//!
//! The crate `phonenumber` provides the metadata. Its parser is not used: it finds a number in
//! nearly any text, while a table must get the right number or none. The plans give the lengths of
//! a country's numbers, the ranges that are assigned, and the national way to write a number.

use std::sync::OnceLock;

use phonenumber::Metadata;
use phonenumber::metadata::{DATABASE, Descriptor, Format};
use regex::Regex;
use time::macros::date;
use time::{Date, OffsetDateTime};

/// A release of libphonenumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// The version of the release.
    pub version: &'static str,
    /// The date of its release notes.
    pub date: Date,
}

/// The release that the metadata comes from.
pub const METADATA: Release = Release {
    version: "9.0.33",
    date: date!(2026 - 06 - 17),
};

impl Release {
    /// Returns the age of the release in days.
    pub fn age(&self, now: OffsetDateTime) -> usize {
        usize::try_from((now.date() - self.date).whole_days()).unwrap_or_default()
    }
}

/// The kind of an assigned number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number that may be mobile; some countries use the same ranges for landlines.
    Mobile,
    /// A landline, toll-free or Internet telephony number, and the like.
    Other,
}

/// The numbers of one calling code, which several countries may share.
pub(super) struct Plan {
    regions: Vec<Region>,
    formats: Vec<Writing>,
    lengths: Vec<usize>,
    /// The national (trunk) prefix; empty if there is none.
    prefix: String,
}

/// A country of a plan.
struct Region {
    /// The leading digits, in plans where they identify the country.
    leading: Option<Regex>,
    mobile: Option<Numbers>,
    others: Vec<Numbers>,
}

/// Numbers of one kind.
struct Numbers {
    lengths: Vec<usize>,
    pattern: Regex,
}

/// A national format of numbers.
struct Writing {
    leading: Option<Regex>,
    pattern: Regex,
    /// The replacement for the pattern's groups, including the prefix.
    template: String,
    /// Whether the prefix may be omitted.
    may_be_bare: bool,
}

/// A number in its national format.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HomeForm {
    /// Its digits, with the prefix if the format includes it.
    pub(super) digits: String,
    /// Whether the prefix may be omitted.
    pub(super) may_be_bare: bool,
}

impl Plan {
    /// Returns the plan of this calling code.
    pub(super) fn of(code: u16) -> Option<&'static Self> {
        const CODES: usize = 1000;
        static PLANS: [OnceLock<Option<Plan>>; CODES] = [const { OnceLock::new() }; CODES];
        let plan = PLANS.get(usize::from(code))?;
        plan.get_or_init(|| Self::of_regions(&DATABASE.by_code(&code)?))
            .as_ref()
    }

    /// Splits a number into country code and the rest. No country code is the beginning of another.
    pub(super) fn split(number: &str) -> Option<(&str, &'static Self)> {
        (1..=3).find_map(|length| {
            let (code, national) = number.split_at_checked(length)?;
            Some((national, Self::of(code.parse().ok()?)?))
        })
    }

    fn of_regions(regions: &[&Metadata]) -> Option<Self> {
        // The main country comes first, and has the formats of all.
        let main = regions.first()?;
        let prefix = main.national_prefix().unwrap_or_default();
        let descriptors = regions.iter().flat_map(|region| kinds(region));
        let mut lengths: Vec<_> = descriptors.flat_map(lengths).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Some(Self {
            regions: regions.iter().map(|region| Region::of(region)).collect(),
            formats: main
                .formats()
                .iter()
                .filter_map(|format| Writing::of(format, prefix))
                .collect(),
            lengths,
            prefix: prefix.to_owned(),
        })
    }

    /// Reports whether the plan has numbers of this length.
    pub(super) fn has_length_of(&self, national: &str) -> bool {
        self.lengths.contains(&national.len())
    }

    /// Returns the kind of a number, or `None` if it is not assigned.
    pub(super) fn kind(&self, national: &str) -> Option<Kind> {
        let regions = || {
            self.regions.iter().filter(|region| {
                let leading = region.leading.as_ref();
                leading.is_none_or(|leading| leading.is_match(national))
            })
        };
        let is_mobile = |region: &Region| {
            let mobile = region.mobile.as_ref();
            mobile.is_some_and(|numbers| numbers.have(national))
        };
        let is_other = |region: &Region| region.others.iter().any(|numbers| numbers.have(national));
        if regions().any(is_mobile) {
            Some(Kind::Mobile)
        } else {
            regions().any(is_other).then_some(Kind::Other)
        }
    }

    /// Returns the national (trunk) prefix; empty if there is none.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the number in its national format.
    pub(super) fn written(&self, national: &str) -> HomeForm {
        let writing = self.formats.iter().find(|writing| {
            let leading = writing.leading.as_ref();
            leading.is_none_or(|leading| leading.is_match(national))
                && writing.pattern.is_match(national)
        });
        let Some(writing) = writing else {
            return HomeForm {
                digits: national.to_owned(),
                may_be_bare: false,
            };
        };
        let text = writing.pattern.replace(national, &writing.template);
        HomeForm {
            digits: text.chars().filter(char::is_ascii_digit).collect(),
            may_be_bare: writing.may_be_bare,
        }
    }
}

impl Region {
    fn of(metadata: &Metadata) -> Self {
        let mobile = metadata.descriptors().mobile();
        Self {
            leading: metadata.leading_digits().and_then(beginning),
            mobile: mobile.and_then(Numbers::of),
            others: others(metadata).filter_map(Numbers::of).collect(),
        }
    }
}

impl Numbers {
    fn of(descriptor: &Descriptor) -> Option<Self> {
        Some(Self {
            lengths: lengths(descriptor).collect(),
            pattern: whole(descriptor.national_number())?,
        })
    }

    fn have(&self, national: &str) -> bool {
        (self.lengths.is_empty() || self.lengths.contains(&national.len()))
            && self.pattern.is_match(national)
    }
}

impl Writing {
    fn of(format: &Format, prefix: &str) -> Option<Self> {
        let mut template = format.format().to_owned();
        if let Some(rule) = format.national_prefix() {
            // `$NP` is the prefix, `$FG` the first group of the template.
            let at = template.find('$')?;
            let group = template.get(at..at + 2)?.to_owned();
            let first = rule.replace("$NP", prefix).replace("$FG", &group);
            template = template.replacen(&group, &first, 1);
        }
        // Braces keep the digits after a group from becoming part of its name.
        let groups = Regex::new(r"\$(\d)").ok()?;
        Some(Self {
            leading: match format.leading_digits().last() {
                Some(leading) => Some(beginning(leading)?),
                None => None,
            },
            pattern: whole(format.pattern())?,
            template: groups.replace_all(&template, "$${$1}").into_owned(),
            may_be_bare: format.is_national_prefix_optional(),
        })
    }
}

/// Returns the descriptors of all numbers that can be called from abroad, except mobile ones.
fn others(metadata: &Metadata) -> impl Iterator<Item = &Descriptor> {
    let all = metadata.descriptors();
    [
        all.fixed_line(),
        all.toll_free(),
        all.premium_rate(),
        all.shared_cost(),
        all.personal_number(),
        all.voip(),
        all.pager(),
        all.uan(),
        all.voicemail(),
    ]
    .into_iter()
    .flatten()
}

fn kinds(metadata: &Metadata) -> impl Iterator<Item = &Descriptor> {
    let mobile = metadata.descriptors().mobile();
    mobile.into_iter().chain(others(metadata))
}

fn lengths(descriptor: &Descriptor) -> impl Iterator<Item = usize> {
    descriptor
        .possible_length()
        .iter()
        .copied()
        .map(usize::from)
}

/// Compiles a pattern that must match a whole text. The patterns contain blanks, for readability.
fn whole(pattern: impl std::fmt::Display) -> Option<Regex> {
    Regex::new(&format!("(?x)^(?:{pattern})$")).ok()
}

/// Compiles a pattern that must match the beginning of a text.
fn beginning(pattern: impl std::fmt::Display) -> Option<Regex> {
    Regex::new(&format!("(?x)^(?:{pattern})")).ok()
}

/// The way a country writes and dials numbers.
pub(super) struct Home {
    /// Its calling code, in digits.
    pub(super) code: String,
    pub(super) plan: &'static Plan,
    /// The international prefix (exit code) of the country, if it is unambiguous: in some countries
    /// each carrier has its own.
    pub(super) abroad: Option<String>,
    /// Whether national numbers are written with the prefix of the plan.
    pub(super) writes_prefix: bool,
    /// The prefix that a national number may have, and the digits that replace it, if any.
    in_front: Option<(Regex, Option<String>)>,
}

impl Home {
    /// Returns the country with this ISO 3166 code, in capitals.
    pub(super) fn of(country: &str) -> Option<Self> {
        let metadata = DATABASE.by_id(country)?;
        let plan = Plan::of(metadata.country_code())?;
        let descriptors = metadata.descriptors();
        let examples = [descriptors.fixed_line(), descriptors.mobile()];
        let writes_prefix = examples
            .into_iter()
            .flatten()
            .filter_map(Descriptor::example)
            .any(|example| plan.written(example).digits != example);
        let in_front = metadata
            .national_prefix_for_parsing()
            .and_then(beginning)
            .map(|pattern| {
                let rule = metadata.national_prefix_transform_rule();
                (pattern, rule.map(|rule| rule.replace("$1", "${1}")))
            });
        Some(Self {
            code: metadata.country_code().to_string(),
            plan,
            abroad: abroad(metadata),
            writes_prefix,
            in_front,
        })
    }

    /// Returns the national numbers that `digits` may stand for.
    pub(super) fn candidates(&self, digits: &str) -> Vec<String> {
        let mut candidates = vec![digits.to_owned()];
        let prefix = self.plan.prefix();
        if !prefix.is_empty() {
            candidates.extend(digits.strip_prefix(prefix).map(str::to_owned));
        }
        if let Some((pattern, rule)) = &self.in_front {
            candidates.extend(pattern.captures(digits).map(|found| {
                let (_, rest) = digits.split_at(found.get(0).map_or(0, |all| all.end()));
                let mut front = String::new();
                // The rule applies to the last group, if that has matched anything.
                if let Some(rule) = rule
                    && found.len() > 1
                    && found.iter().skip(1).any(|group| group.is_some())
                {
                    found.expand(rule, &mut front);
                }
                front + rest
            }));
        }
        candidates
    }
}

fn abroad(metadata: &Metadata) -> Option<String> {
    let digits = |text: &str| -> Option<String> {
        // A tilde stands for waiting for the dial tone.
        let text: String = text
            .chars()
            .filter(|symbol| !matches!(symbol, '~') && !symbol.is_whitespace())
            .collect();
        let is_one = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_one.then_some(text)
    };
    let any = metadata.international_prefix().map(ToString::to_string);
    any.and_then(|text| digits(&text))
        .or_else(|| metadata.preferred_international_prefix().and_then(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metadata_version_is_that_of_the_crate() {
        let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
        let lock = std::fs::read_to_string(lock).unwrap();
        let crate_name = "name = \"phonenumber\"\nversion = \"";
        let (_, version) = lock.split_once(crate_name).unwrap();
        let (_, metadata) = version.split_once('+').unwrap();
        let (metadata, _) = metadata.split_once('"').unwrap();
        assert_eq!(metadata, METADATA.version, "update METADATA.date as well");
    }

    #[test]
    fn the_age_of_a_release_is_counted_in_days() {
        let day = |day: Date| day.midnight().assume_utc();
        assert_eq!(METADATA.age(day(METADATA.date)), 0);
        assert_eq!(METADATA.age(day(date!(2026 - 07 - 17))), 30);
        assert_eq!(METADATA.age(day(date!(2020 - 01 - 01))), 0);
    }
}
