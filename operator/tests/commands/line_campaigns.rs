//! Campaigns and PINs of a line, and its rows.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use connect_pin_sms::aws::pin_keys::{MacKey, PinKeySource};

use crate::account::{Account, BENEFITS, MEMBERS, stderr};
use crate::line::ATTEMPTS;

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_added_paused_resumed_and_reported() {
    let account = Account::with_line(&[]).await;
    let pin = account.file("pin", "00420815\n");
    let add = [
        "campaigns",
        "add",
        "--pin-file",
        &pin,
        "--url",
        "https://example.com/a",
        "--id",
        "spring",
        "--max-redemptions",
        "10",
        "--single-use-per-member",
    ];
    account.done(&add);
    let refused = account.fails(&add);
    assert!(refused.contains("the PIN must have no row in"), "{refused}");
    assert!(!refused.contains("0042"), "{refused}");
    let listed = account.done(&["campaigns", "list"]);
    let expected =
        "  spring: 1 PIN, active, at most 10 redemptions, once for each member\n1 campaign in";
    assert!(listed.starts_with(expected), "{listed}");

    account.done(&["campaigns", "pause", "spring"]);
    let shown = account.done(&["campaigns", "show", "--pin-file", &pin]);
    assert!(
        shown.contains("PIN ****, https://example.com/…, paused"),
        "{shown}"
    );
    let keys = PinKeySource::Plain;
    assert!(account.page(&keys, "00420815").await.is_some());
    let row = account.row(BENEFITS, "pinCode", "00420815").await;
    assert_eq!(row["enabled"], AttributeValue::Bool(false));
    account.done(&["campaigns", "resume", "spring"]);
    let row = account.row(BENEFITS, "pinCode", "00420815").await;
    assert_eq!(row["enabled"], AttributeValue::Bool(true));

    // As the function writes them (docs/operations.md): a count, and a mark for each member.
    let number = |value: &str| AttributeValue::N(value.to_owned());
    account
        .put(
            ATTEMPTS,
            &[("pk", text("REDEEMED#spring")), ("redeemed", number("3"))],
        )
        .await;
    for mark in ["USED#a", "USED#b"] {
        account
            .put(
                ATTEMPTS,
                &[
                    ("pk", text(mark)),
                    ("campaign", text("spring")),
                    ("used", number("1")),
                ],
            )
            .await;
    }
    account
        .put(
            ATTEMPTS,
            &[
                ("pk", text("USED#c")),
                ("campaign", text("spring")),
                ("used", number("0")),
            ],
        )
        .await;
    let report = account.done(&["campaigns", "report", "spring"]);
    assert_eq!(
        report,
        "spring: 3 redemptions, by 2 members, 7 remaining.\n"
    );
    account.done(&["campaigns", "end", "spring"]);
    assert!(account.rows(ATTEMPTS).await.is_empty());
    let refused = account.fails(&["campaigns", "show", "summer"]);
    assert!(
        refused.contains("the campaignId must be that of a row in"),
        "{refused}"
    );
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn campaigns_are_exported_and_imported_as_the_same() {
    let account = Account::with_line(&[]).await;
    let file = account.file(
        "c.csv",
        "pinCode,campaignUrl,campaignId,startsAt,message\n\
         0042,https://example.com/a,spring,2026/4/1 9:00,\"本日, {url}\"\n0043,https://example.com/b,,,\n",
    );
    let refused = account.fails(&["campaigns", "import", &file]);
    assert!(
        refused.contains("2: startsAt: must be whole seconds since 1970"),
        "{refused}"
    );
    let printed = account.done(&["campaigns", "import", &file, "--time-zone", "+09:00"]);
    assert!(
        printed.contains("2 new, 0 changed, 0 the same"),
        "{printed}"
    );
    let row = account.row(BENEFITS, "pinCode", "0042").await;
    // date -ud '2026-04-01 09:00:00 +0900' +%s
    assert_eq!(row["startsAt"], AttributeValue::N("1775001600".to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.csv");
    let out = out.to_str().unwrap();
    account.done(&["campaigns", "export", out]);
    let printed = account.done(&["campaigns", "import", out]);
    assert!(
        printed.contains("0 new, 0 changed, 2 the same"),
        "{printed}"
    );
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issued_pins_are_those_that_the_function_finds() {
    let account = Account::with_line(&[]).await;
    let kms = aws_sdk_kms::Client::new(&account.config);
    let created = kms
        .create_key()
        .key_spec(KeySpec::Hmac256)
        .key_usage(KeyUsageType::GenerateVerifyMac);
    let id = created.send().await.unwrap().key_metadata.unwrap().key_id;
    account
        .function(
            "macs",
            &[("PIN_KEY_MODE", "hmac"), ("PIN_PEPPER_KMS_KEY_ID", &id)],
        )
        .await;
    let macs = PinKeySource::Kms(MacKey::new(kms, &id));
    let folder = tempfile::tempdir().unwrap();
    for (line, keys) in [("campaign-line", PinKeySource::Plain), ("macs", macs)] {
        let file = folder.path().join(format!("{line}.csv"));
        let path = file.to_str().unwrap();
        let arguments = [
            "pins",
            "issue",
            "--campaign",
            "spring",
            "--count",
            "120",
            "--length",
            "6",
            "--file",
            path,
            "--url",
            "https://example.com/s",
            "--line",
            line,
        ];
        let output = account.operate_in_shell(&arguments, &[]);
        assert!(output.status.success(), "{}", stderr(&output));
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let csv = std::fs::read_to_string(&file).unwrap();
        let pins: BTreeSet<_> = csv
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').next())
            .collect();
        assert_eq!(pins.len(), 120);
        for pin in pins.iter().take(5) {
            let page = account.page(&keys, pin).await;
            assert_eq!(page.as_deref(), Some("https://example.com/s"), "{line}");
        }
        // The file completes an interrupted issue, and is never overwritten.
        let import = account.operate_in_shell(&["campaigns", "import", path, "--line", line], &[]);
        let printed = String::from_utf8(import.stdout).unwrap();
        assert!(
            printed.contains("0 new, 0 changed, 120 the same"),
            "{printed}"
        );
        let again = account.operate_in_shell(&arguments, &[]);
        assert!(
            stderr(&again).contains("must be a new file, but exists"),
            "{}",
            stderr(&again)
        );
    }
    assert_eq!(account.rows(BENEFITS).await.len(), 240);
    let refused = account.fails(&[
        "pins",
        "issue",
        "--campaign",
        "spring",
        "--count",
        "11",
        "--length",
        "4",
        "--file",
        "/nowhere/p.csv",
        "--url",
        "https://example.com/s",
    ]);
    assert!(
        refused.contains("of 10000 PINs of 4 digits at most 10 may be valid, but 11 would be"),
        "{refused}"
    );
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_the_function_cannot_use_are_listed_with_masked_keys() {
    let account = Account::with_line(&[("URL_HOSTS", "example.com")]).await;
    account
        .put(
            MEMBERS,
            &[("phone", text("+819011112222")), ("id", text("7"))],
        )
        .await;
    account
        .put(
            BENEFITS,
            &[
                ("pinCode", text("0042")),
                ("campaignUrl", text("https://example.com/")),
            ],
        )
        .await;
    let printed = account.done(&["rows", "check"]);
    assert_eq!(printed, "The function can use all of 2 rows.\n");
    account
        .put(
            MEMBERS,
            &[("phone", text("090-1111-3333")), ("id", text("8"))],
        )
        .await;
    account
        .put(
            MEMBERS,
            &[("phone", text("+819011114444")), ("id", text("-1"))],
        )
        .await;
    account
        .put(
            BENEFITS,
            &[
                ("pinCode", text("0043")),
                ("campaignUrl", text("https://other.example/")),
                ("campaignId", text("spring")),
            ],
        )
        .await;
    let output = account.operate(&["rows", "check"]);
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    for sentence in [
        "campaign_member_table: *****: the key must be a number in E.164",
        "campaign_member_table: +81*****4444: the member's id must not be -1",
        "campaign_benefits_table: PIN **** of spring: the URL's host must be one of the allowed hosts",
        "The function cannot use 3 of 5 rows.",
    ] {
        assert!(printed.contains(sentence), "{sentence}\n{printed}");
    }
    assert!(
        !printed.contains("0043") && !printed.contains("3333"),
        "{printed}"
    );
    account.stop().await;
}
