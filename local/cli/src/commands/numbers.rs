//! The phone numbers of a running account.

use local_connect::ClaimedNumber;
use local_terminal::shown;

use crate::options::Reach;
use crate::screen::Screen;

/// The most characters of a name that a row shows.
const MAX_NAME: usize = 60;

/// Prints all numbers that can be dialed, each with its Region and its line.
///
/// # Errors
/// When no account answers, or the numbers cannot be printed.
pub async fn run(options: &Reach, screen: Screen) -> anyhow::Result<()> {
    let numbers = options.client().numbers().await?;
    if numbers.is_empty() {
        screen.say("The account has claimed no number yet.")?;
    }
    screen.numbers(&numbers, &table(&numbers))?;
    Ok(())
}

/// Returns a row for each number: the number, its Region, and the line with its flow and instance.
pub(super) fn table(numbers: &[ClaimedNumber]) -> String {
    let width = |part: fn(&ClaimedNumber) -> &str| {
        let lengths = numbers.iter().map(|number| part(number).chars().count());
        lengths.max().unwrap_or_default()
    };
    let number_width = width(|number| &number.number);
    let region_width = width(|number| &number.region);
    let rows = numbers.iter().map(|number| {
        format!(
            "  {:number_width$}  {:region_width$}  {}",
            number.number,
            number.region,
            described(number)
        )
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// Describes what answers a number.
fn described(number: &ClaimedNumber) -> String {
    let instance = shown(&number.instance_alias, MAX_NAME);
    let Some(flow) = &number.flow_name else {
        return format!("no flow answers it (instance {instance})");
    };
    let line = match number.functions.is_empty() {
        true => "no function".to_owned(),
        false => format!("line {}", shown(&number.functions.join(", "), MAX_NAME)),
    };
    format!(
        "{line}  (flow {}, instance {instance})",
        shown(flow, MAX_NAME)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_in_columns_with_region_and_line() {
        let number = |number: &str, region: &str, flow: Option<&str>, function: Option<&str>| {
            ClaimedNumber {
                number: number.to_owned(),
                region: region.to_owned(),
                instance_alias: "shop".to_owned(),
                flow_name: flow.map(str::to_owned),
                functions: function.into_iter().map(str::to_owned).collect(),
            }
        };
        let numbers = [
            number(
                "+815031000000",
                "ap-northeast-1",
                Some("spring"),
                Some("spring:live"),
            ),
            number("+12065550100", "us-east-1", Some("bad\u{1b}[2J"), None),
            number("+12065550101", "us-east-1", None, None),
        ];
        assert_eq!(
            table(&numbers),
            "  +815031000000  ap-northeast-1  line spring:live  (flow spring, instance shop)
  +12065550100   us-east-1       no function  (flow bad\\u{1b}[2J, instance shop)
  +12065550101   us-east-1       no flow answers it (instance shop)"
        );
    }
}
