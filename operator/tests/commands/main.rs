//! The commands end to end: the binary writes rows from CSV files to a running account, and the
//! function's own code reads them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

mod account;
mod end;
mod explaining;
mod line;
mod line_campaigns;
mod line_members;
mod memory;
mod output;
#[path = "../../src/import/workbook/parts.rs"]
mod parts;
mod round_trip;
mod shell;
mod targets;
mod updates;
mod warnings;
mod workbooks;

use std::io::Write;
use std::process::{Command, Stdio};

use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use connect_pin_sms::aws::pin_keys::{MacKey, PinKeySource};
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::pin::Pin;
use connect_pin_sms::rules::ports::{CampaignCatalogue, MemberDirectory, PinKeys};
use serde_json::Value;

use account::{Account, BENEFITS, BINARY, MEMBERS, stderr};

#[tokio::test(flavor = "multi_thread")]
async fn members_are_found_however_their_numbers_were_written() {
    let account = Account::start().await;
    let mut csv = String::from("\u{feff}phone,id\r\n");
    for member in 0..57 {
        csv.push_str(&match member % 4 {
            0 => format!("090-1111-{member:04},{member:03}\r\n"),
            1 => format!("０９０（１１１１）{member:04},{member:03}\r\n"),
            2 => format!("+81 90 1111 {member:04},{member:03}\r\n"),
            _ => format!("\"010 81 90ー1111ー{member:04}\",{member:03}\r\n"),
        });
    }
    let file = account.file("members.csv", &csv);
    let printed = account.loaded(&["members", &file]);
    let expected = format!("Wrote 57 members to {MEMBERS}, ");
    assert!(printed.contains(&expected), "{printed}");
    assert_eq!(account.rows(MEMBERS).await.len(), 57);
    for member in 0..57 {
        let phone = PhoneNumber::parse(&format!("+81901111{member:04}")).unwrap();
        let id = account
            .members()
            .member(&phone)
            .await
            .unwrap()
            .map(|member| member.id);
        assert_eq!(id, Some(format!("{member:03}")));
    }

    // Again, with another id and from a pipe.
    let mut child = Command::new(BINARY)
        .args(["--format", "json", "load", "members", "-"])
        .env("AWS_ENDPOINT_URL", &account.endpoint_url)
        .env("RUST_LOG", "trace")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(b"phone,id\n09011110000,new\n").unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let loaded: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&loaded["what"], &loaded["written"]),
        (&"members".into(), &1.into())
    );
    // Not even a log at the most detailed level contains numbers.
    let log = stderr(&output);
    assert!(log.contains("TRACE"), "{log}");
    assert!(!log.contains('\u{1b}'), "colors in a file: {log:?}");
    assert!(!log.contains("9011110000"), "{log}");
    let phone = PhoneNumber::parse("+819011110000").unwrap();
    let id = account
        .members()
        .member(&phone)
        .await
        .unwrap()
        .map(|member| member.id);
    assert_eq!(id.as_deref(), Some("new"));
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_that_is_loaded_again_keeps_its_count() {
    let account = Account::start().await;
    let file = account.file(
        "campaigns.csv",
        "pinCode,campaignUrl,enabled,startsAt,expiresAt,maxRedemptions,singleUsePerMember,message\n\
         0042,https://example.com/a,true,0,2099-01-01T00:00:00+09:00,2,TRUE,本日 {url}\n\
         ００４３,https://example.com/b,,,,,,\n",
    );
    let printed = account.loaded(&["campaigns", &file]);
    assert!(printed.contains("Wrote 2 campaigns to"), "{printed}");
    assert!(printed.contains("(2 of them new)"), "{printed}");

    let key = PinKeySource::Plain
        .key(&Pin::parse("0042").unwrap())
        .await
        .unwrap();
    let campaigns = account.campaigns();
    let campaign = campaigns.campaign(&key).await.unwrap().unwrap();
    assert_eq!(campaign.url.expose(), "https://example.com/a");
    assert!(campaign.message.is_some());
    let rules = campaign.rules;
    assert!(!rules.disabled && rules.single_use_per_member);
    assert_eq!(
        (rules.starts_at, rules.expires_at, rules.max_redemptions),
        (Some(0), Some(4_070_876_400), Some(2))
    );
    assert!(campaigns.redeem(&key, 2, "first").await.unwrap());

    // Another URL, no end any more, and no columns for the other rules.
    let file = account.file(
        "changed.csv",
        "pinCode,campaignUrl,expiresAt\n0042,https://example.com/c,\n0044,https://example.com/d,1\n",
    );
    let printed = account.loaded(&["campaigns", &file]);
    assert!(printed.contains("(1 of them new)"), "{printed}");
    let campaign = campaigns.campaign(&key).await.unwrap().unwrap();
    assert_eq!(campaign.url.expose(), "https://example.com/c");
    assert_eq!(campaign.rules.expires_at, None);
    assert_eq!(campaign.rules.max_redemptions, Some(2));
    assert_eq!(campaign.rules.redeemed, 1);
    let row = account.row(BENEFITS, "pinCode", "0043").await;
    let mut names: Vec<_> = row.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = ["campaignId", "campaignUrl", "pinCode"];
    assert_eq!(names, expected, "empty cells add no attributes");
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_from_kms_are_those_that_the_function_computes() {
    let account = Account::start().await;
    let kms = aws_sdk_kms::Client::new(&account.config);
    let created = kms
        .create_key()
        .key_spec(KeySpec::Hmac256)
        .key_usage(KeyUsageType::GenerateVerifyMac)
        .send()
        .await
        .unwrap();
    let id = created.key_metadata.unwrap().key_id;
    let mut csv = String::from("pinCode,campaignUrl\n");
    for pin in 0..20 {
        csv.push_str(&format!("{pin:04},https://example.com/{pin}\n"));
    }
    let file = account.file("campaigns.csv", &csv);
    let mode = ["campaigns", &file, "--pin-key-mode", "hmac"];

    let printed = account.loaded(&[&mode[..], &["--pepper-kms-key-id", &id]].concat());
    assert!(printed.contains("(20 of them new)"), "{printed}");
    let keys = PinKeySource::Kms(MacKey::new(kms, &id));
    for pin in 0..20 {
        let page = account.page(&keys, &format!("{pin:04}")).await;
        assert_eq!(page, Some(format!("https://example.com/{pin}")));
    }
    for row in account.rows(BENEFITS).await {
        let key = row["pinCode"].as_s().unwrap();
        assert_eq!(key.len(), 64, "the table contains no PIN");
    }

    // A dry run finds a key that does not exist, too.
    let wrong = [
        &mode[..],
        &["--pepper-kms-key-id", "alias/none", "--dry-run"],
    ]
    .concat();
    let printed = account.refused(&wrong);
    assert!(
        printed.contains("key alias/none: NotFoundException"),
        "{printed}"
    );
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pepper_that_contradicts_the_mode_is_refused() {
    let account = Account::start().await;
    let file = account.file("a.csv", "pinCode,campaignUrl\n0042,https://example.com/a\n");
    let hmac = ["--pin-key-mode", "hmac"];
    for (arguments, sentences) in [
        (&hmac[..], &["needs --pepper-kms-key-id"][..]),
        (&["--pepper-kms-key-id", "x"], &["add --pin-key-mode hmac"]),
        (
            &[&hmac[..], &["--pepper-ssm-parameter", "/line/pepper"]].concat(),
            &["--pepper-ssm-parameter was removed", "load all rows again"],
        ),
        (
            &[&hmac[..], &["--pepper-file", &file]].concat(),
            &[
                "--pepper-file was removed",
                "--pepper-kms-key-id, and load all rows again",
            ],
        ),
    ] {
        let printed = account.refused(&[&["campaigns", &file], arguments].concat());
        for sentence in sentences {
            assert!(printed.contains(sentence), "{printed}");
        }
    }
    assert!(account.rows(BENEFITS).await.is_empty());
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_masks_rows_and_writes_nothing() {
    let account = Account::start().await;
    let members = account.file("m.csv", "phone,id\n090-1111-2222,7\n");
    let printed = account.loaded(&["members", &members, "--dry-run"]);
    assert!(
        printed.contains("line 2: +81*****2222, an id of 1 character"),
        "{printed}"
    );
    assert!(
        printed.contains("1 member would be written to"),
        "{printed}"
    );
    assert!(printed.contains("Nothing was written."), "{printed}");

    let campaigns = account.file(
        "c.csv",
        "pinCode,campaignUrl\n4711,https://e.example/4711\n",
    );
    let printed = account.loaded(&["campaigns", &campaigns, "--dry-run", "--format", "json"]);
    assert!(!printed.contains("4711"), "{printed}");
    let lines: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["type"], "row");
    assert_eq!(lines[0]["campaignUrl"], "https://e.example/…");
    assert_eq!(lines[1]["type"], "loaded");
    assert_eq!(lines[1]["dryRun"], true);
    assert_eq!(
        (&lines[1]["rows"], &lines[1]["written"]),
        (&1.into(), &0.into())
    );
    for table in [MEMBERS, BENEFITS] {
        assert!(account.rows(table).await.is_empty(), "{table}");
    }
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_one_mistake_nothing_is_written() {
    let account = Account::start().await;
    let mut csv = String::from("pinCode,campaignUrl\n9999,https://example.com/\n");
    for _ in 0..23 {
        csv.push_str("9999,http://example.com/\n");
    }
    let file = account.file("c.csv", &csv);
    let printed = account.refused(&["campaigns", &file]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines[0],
        format!("{file}:3: pinCode: line 2 already has this PIN")
    );
    let second = format!("{file}:3: campaignUrl: must be an https:// URL");
    assert!(lines[1].starts_with(&second), "{printed}");
    assert_eq!(lines.len(), 21, "{printed}");
    assert!(lines[20].contains("46 mistakes (26 more than shown), so nothing was written"));
    assert!(!printed.contains("9999"), "{printed}");
    assert!(account.rows(BENEFITS).await.is_empty());

    let output = account.load(&["campaigns", &file, "--format", "json"]);
    let first = String::from_utf8(output.stdout).unwrap();
    let first: Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["type"], &first["line"]),
        (&"mistake".into(), &3.into())
    );
    assert_eq!(first["column"], "pinCode");

    // A file without a header begins with a member's number.
    let file = account.file("m.csv", "09011112222,7\n");
    let printed = account.refused(&["members", &file]);
    assert!(
        printed.contains("m.csv:1: the header's column 1 must be one of phone, id"),
        "{printed}"
    );
    assert!(!printed.contains("1111"), "{printed}");
    let printed = account.refused(&["members", &file, "--country", "XX"]);
    assert!(
        printed.contains("write two letters, such as JP"),
        "{printed}"
    );
    let printed = account.refused(&["members", "/nowhere/m.csv"]);
    assert!(printed.contains("cannot read /nowhere/m.csv"), "{printed}");
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn throttled_updates_are_retried_and_refused_ones_reported() {
    let account = Account::start().await;
    account.faults(
        r#"[{ "service": "dynamodb", "operation": "UpdateItem", "nth": 2, "times": 6,
              "effect": "throttle" }]"#,
    );
    let mut csv = String::from("phone,id\n");
    for member in 0..60 {
        csv.push_str(&format!("0901111{member:04},{member}\n"));
    }
    let members = account.file("m.csv", &csv);
    let printed = account.loaded(&["members", &members]);
    assert!(printed.contains("Wrote 60 members to"), "{printed}");
    assert!(printed.contains("(60 of them new)"), "{printed}");
    assert_eq!(account.rows(MEMBERS).await.len(), 60);
    account.faults(
        r#"[{ "service": "dynamodb", "operation": "UpdateItem", "nth": 1, "times": 2,
              "effect": "lost_answer" }]"#,
    );
    let campaigns = account.file("c.csv", "pinCode,campaignUrl\n0042,https://example.com/\n");
    let printed = account.loaded(&["campaigns", &campaigns]);
    assert!(printed.contains("(1 of them new)"), "{printed}");
    assert_eq!(account.rows(BENEFITS).await.len(), 1);

    let refusal = |nth: usize| {
        format!(
            r#"[{{ "service": "dynamodb", "operation": "UpdateItem", "nth": {nth},
                  "effect": {{ "refuse": {{ "code": "AccessDeniedException",
                                            "message": "not for +819011110030" }} }} }}]"#
        )
    };
    account.faults(&refusal(40));
    let printed = account.refused(&["members", &members]);
    assert!(
        printed.contains("AccessDeniedException: not for"),
        "{printed}"
    );
    assert!(printed.contains(" of 60 rows were written"), "{printed}");
    // A service may repeat the request in its message.
    account.faults(&refusal(1));
    let member = account.file("one.csv", "phone,id\n090-1111-0030,30\n");
    let printed = account.refused(&["members", &member]);
    let expected = "AccessDeniedException: not for +****. At least 0 of 1 rows were written";
    assert!(printed.contains(expected), "{printed}");

    for (what, file) in [("members", &members), ("campaigns", &campaigns)] {
        let printed = account.refused(&[what, file, "--table", "elsewhere"]);
        for words in [
            "elsewhere",
            "ResourceNotFoundException",
            "nothing was written",
        ] {
            assert!(printed.contains(words), "{printed}");
        }
    }
    account.stop().await;
}
