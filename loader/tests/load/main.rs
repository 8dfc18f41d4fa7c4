//! Rows out of CSV files: the binary writes them into a running account, and the function's own
//! code reads them there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

mod account;
mod end;
mod output;
mod shell;
mod targets;
mod updates;
mod warnings;

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
    let said = account.loaded(&["members", &file]);
    let expected = format!("Wrote 57 members into {MEMBERS}, ");
    assert!(said.contains(&expected), "{said}");
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

    // Again, with another id and out of a pipe.
    let mut child = Command::new(BINARY)
        .args(["--format", "json", "members", "-"])
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
    // Not even those who ask for every line of the log get to see numbers.
    let log = stderr(&output);
    assert!(log.contains("TRACE"), "{log}");
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
    let said = account.loaded(&["campaigns", &file]);
    assert!(said.contains("Wrote 2 campaigns into"), "{said}");
    assert!(said.contains("(2 of them new)"), "{said}");

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

    // Another page, no end any more, and nothing about the other rules.
    let file = account.file(
        "changed.csv",
        "pinCode,campaignUrl,expiresAt\n0042,https://example.com/c,\n0044,https://example.com/d,1\n",
    );
    let said = account.loaded(&["campaigns", &file]);
    assert!(said.contains("(1 of them new)"), "{said}");
    let campaign = campaigns.campaign(&key).await.unwrap().unwrap();
    assert_eq!(campaign.url.expose(), "https://example.com/c");
    assert_eq!(campaign.rules.expires_at, None);
    assert_eq!(campaign.rules.max_redemptions, Some(2));
    assert_eq!(campaign.rules.redeemed, 1);
    let row = account.row(BENEFITS, "pinCode", "0043").await;
    let mut names: Vec<_> = row.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = ["campaignId", "campaignUrl", "pinCode"];
    assert_eq!(names, expected, "empty cells leave nothing");
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

    let said = account.loaded(&[&mode[..], &["--pepper-kms-key-id", &id]].concat());
    assert!(said.contains("(20 of them new)"), "{said}");
    let keys = PinKeySource::Kms(MacKey::new(kms, &id));
    for pin in 0..20 {
        let page = account.page(&keys, &format!("{pin:04}")).await;
        assert_eq!(page, Some(format!("https://example.com/{pin}")));
    }
    for row in account.rows(BENEFITS).await {
        let key = row["pinCode"].as_s().unwrap();
        assert_eq!(key.len(), 64, "no PIN is left in the table");
    }

    // A key that is not there is found by a dry run as well.
    let wrong = [
        &mode[..],
        &["--pepper-kms-key-id", "alias/none", "--dry-run"],
    ]
    .concat();
    let said = account.refused(&wrong);
    assert!(said.contains("key alias/none: NotFoundException"), "{said}");
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pepper_that_does_not_fit_is_refused() {
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
            &["--pepper-file was removed", "give --pepper-kms-key-id"],
        ),
    ] {
        let said = account.refused(&[&["campaigns", &file], arguments].concat());
        for sentence in sentences {
            assert!(said.contains(sentence), "{said}");
        }
    }
    assert!(account.rows(BENEFITS).await.is_empty());
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_masks_and_writes_nothing() {
    let account = Account::start().await;
    let members = account.file("m.csv", "phone,id\n090-1111-2222,7\n");
    let said = account.loaded(&["members", &members, "--dry-run"]);
    assert!(
        said.contains("line 2: +81*****2222, an id of 1 character"),
        "{said}"
    );
    assert!(said.contains("1 member would go into"), "{said}");
    assert!(said.contains("Nothing was written."), "{said}");

    let campaigns = account.file(
        "c.csv",
        "pinCode,campaignUrl\n4711,https://e.example/4711\n",
    );
    let said = account.loaded(&["campaigns", &campaigns, "--dry-run", "--format", "json"]);
    assert!(!said.contains("4711"), "{said}");
    let lines: Vec<Value> = said
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
    let said = account.refused(&["campaigns", &file]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines[0],
        format!("{file}:3: pinCode: line 2 has this PIN already")
    );
    let second = format!("{file}:3: campaignUrl: an address is https://");
    assert!(lines[1].starts_with(&second), "{said}");
    assert_eq!(lines.len(), 21, "{said}");
    assert!(lines[20].contains("46 mistakes (26 more than shown), so nothing was written"));
    assert!(!said.contains("9999"), "{said}");
    assert!(account.rows(BENEFITS).await.is_empty());

    let output = account.load(&["campaigns", &file, "--format", "json"]);
    let first = String::from_utf8(output.stdout).unwrap();
    let first: Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["type"], &first["line"]),
        (&"mistake".into(), &3.into())
    );
    assert_eq!(first["column"], "pinCode");

    // A file without a header begins with somebody's number.
    let file = account.file("m.csv", "09011112222,7\n");
    let said = account.refused(&["members", &file]);
    assert!(
        said.contains("m.csv:1: the header's column 1 is none of phone, id"),
        "{said}"
    );
    assert!(!said.contains("1111"), "{said}");
    let said = account.refused(&["members", &file, "--country", "XX"]);
    assert!(said.contains("write two letters as in JP"), "{said}");
    let said = account.refused(&["members", "/nowhere/m.csv"]);
    assert!(said.contains("cannot read /nowhere/m.csv"), "{said}");
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_table_is_waited_for_and_a_missing_one_named() {
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
    let said = account.loaded(&["members", &members]);
    assert!(said.contains("Wrote 60 members into"), "{said}");
    assert!(said.contains("(60 of them new)"), "{said}");
    assert_eq!(account.rows(MEMBERS).await.len(), 60);
    account.faults(
        r#"[{ "service": "dynamodb", "operation": "UpdateItem", "nth": 1, "times": 2,
              "effect": "lost_answer" }]"#,
    );
    let campaigns = account.file("c.csv", "pinCode,campaignUrl\n0042,https://example.com/\n");
    let said = account.loaded(&["campaigns", &campaigns]);
    assert!(said.contains("(1 of them new)"), "{said}");
    assert_eq!(account.rows(BENEFITS).await.len(), 1);

    let refusal = |nth: usize| {
        format!(
            r#"[{{ "service": "dynamodb", "operation": "UpdateItem", "nth": {nth},
                  "effect": {{ "refuse": {{ "code": "AccessDeniedException",
                                            "message": "not for +819011110030" }} }} }}]"#
        )
    };
    account.faults(&refusal(40));
    let said = account.refused(&["members", &members]);
    assert!(said.contains("AccessDeniedException: not for"), "{said}");
    assert!(said.contains(" of 60 are written"), "{said}");
    // A service may repeat what it was asked.
    account.faults(&refusal(1));
    let member = account.file("one.csv", "phone,id\n090-1111-0030,30\n");
    let said = account.refused(&["members", &member]);
    let expected = "AccessDeniedException: not for +****. At least 0 of 1 are written";
    assert!(said.contains(expected), "{said}");

    for (what, file) in [("members", &members), ("campaigns", &campaigns)] {
        let said = account.refused(&[what, file, "--table", "elsewhere"]);
        for words in [
            "elsewhere",
            "ResourceNotFoundException",
            "nothing was written",
        ] {
            assert!(said.contains(words), "{said}");
        }
    }
    account.stop().await;
}
