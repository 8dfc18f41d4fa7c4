//! Tests of the options.

use clap::CommandFactory;

use super::*;

/// The words of an example as a shell splits them, up to its redirection.
fn words(example: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in example.split('"').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words.into_iter().take_while(|word| word != ">").collect()
}

/// Checks the examples of a command's subcommands, at any depth.
fn check_examples(command: &clap::Command, before: &str) {
    for subcommand in command.get_subcommands() {
        let name = format!("{before}{}", subcommand.get_name());
        let help = subcommand.get_after_help().map(ToString::to_string);
        let help = help.unwrap_or_else(|| panic!("{name} must have an example"));
        let example = help.strip_prefix("Example:\n  cargo run -- ").unwrap();
        let arguments = ["connect-local".to_owned()]
            .into_iter()
            .chain(words(example));
        let parsed = Options::try_parse_from(arguments);
        assert!(parsed.is_ok(), "{name}: {parsed:?}");
        assert!(example.contains(&name), "{name}: {example}");
        check_examples(subcommand, &format!("{name} "));
    }
}

#[test]
fn every_command_has_an_example_that_can_be_parsed() {
    check_examples(&Options::command(), "");
}

#[test]
fn a_planned_call_is_a_caller_and_keys() {
    let call = |from: Option<&str>, entries: &[&str]| PlannedCall {
        from: from.map(str::to_owned),
        entries: entries.iter().map(|&keys| keys.to_owned()).collect(),
    };
    let phone = "+819012345678";
    assert_eq!(
        planned_call("+819012345678  1 0042#").unwrap(),
        call(Some(phone), &["1", "0042#"])
    );
    assert_eq!(planned_call("withheld").unwrap(), call(None, &[]));
    for (text, why) in [
        ("", "the caller's number or `withheld`"),
        ("0042#", "E.164"),
        ("+819012345678 12x", "'x' is not a telephone key"),
    ] {
        let said = planned_call(text).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}

/// There is always a limit, so that no call can keep the account busy for good.
#[test]
fn the_limit_of_repeats_can_be_set() {
    let up = |arguments: &[&str]| {
        let arguments = ["connect-local", "up"].iter().chain(arguments);
        Options::try_parse_from(arguments).map(|options| match options.command {
            Some(Command::Up(up)) => up.repeat_limit,
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(up(&[]).unwrap(), 100);
    assert_eq!(up(&["--repeat-limit", "7"]).unwrap(), 7);
    for wrong in ["0", "-1", "x", "100001"] {
        assert!(up(&["--repeat-limit", wrong]).is_err(), "{wrong}");
    }
}

#[test]
fn iam_is_enforced_on_request() {
    for (arguments, enforced) in [(&[][..], false), (&["--enforce-iam"], true)] {
        let arguments = ["connect-local", "up"].iter().chain(arguments);
        let options = Options::try_parse_from(arguments).unwrap();
        let Some(Command::Up(up)) = options.command else {
            panic!("{options:?}");
        };
        assert_eq!(up.enforce_iam, enforced);
    }
}

#[test]
fn the_quota_of_instances_and_the_hold_of_aliases_can_be_set() {
    let up = |arguments: &[&str]| {
        let arguments = ["connect-local", "up"].iter().chain(arguments);
        Options::try_parse_from(arguments).map(|options| match options.command {
            Some(Command::Up(up)) => (up.instances, up.hold_aliases),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(up(&[]).unwrap(), (2, 0));
    let both = ["--instances", "7", "--hold-aliases", "300"];
    assert_eq!(up(&both).unwrap(), (7, 300));
    for wrong in [
        ["--instances", "0"],
        ["--instances", "101"],
        ["--hold-aliases", "301"],
        ["--hold-aliases", "x"],
    ] {
        assert!(up(&wrong).is_err(), "{wrong:?}");
    }
}
