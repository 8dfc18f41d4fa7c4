//! Exported rows come back by an import as they were.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::account::{Account, BENEFITS, MEMBERS, Row};

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: &str) -> AttributeValue {
    AttributeValue::N(value.to_owned())
}

async fn by_key(account: &Account, table: &str, key: &str) -> BTreeMap<String, Row> {
    let rows = account.rows(table).await.into_iter();
    rows.map(|row| (row[key].as_s().unwrap().clone(), row))
        .collect()
}

/// Exports the rows of a table, and imports them into an empty one of another account.
async fn travels(
    what: &str,
    table: &str,
    key: &str,
    variables: &[(&str, &str)],
    rows: &[&[(&str, AttributeValue)]],
) {
    let from = Account::with_line(variables).await;
    for row in rows {
        from.put(table, row).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.csv");
    let file = file.to_str().unwrap();
    from.done(&[what, "export", file]);
    let to = Account::with_line(variables).await;
    let printed = to.done(&[what, "import", file]);
    let expected = format!("{} new, 0 changed, 0 the same", rows.len());
    assert!(printed.contains(&expected), "{printed}");
    let before = by_key(&from, table, key).await;
    assert_eq!(before.len(), rows.len());
    assert_eq!(by_key(&to, table, key).await, before);
    for account in [from, to] {
        account.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exported_members_come_back_as_they_were() {
    let rows: [&[_]; 3] = [
        &[("phone", text("+819011110001")), ("id", text("0042"))],
        &[
            ("phone", text("+819011110002")),
            ("id", text("a, \"b\"")),
            ("optedOut", AttributeValue::Bool(true)),
        ],
        &[
            ("phone", text("+4915112345678")),
            ("id", text("会員 7")),
            ("optedOut", AttributeValue::Bool(false)),
        ],
    ];
    travels("members", MEMBERS, "phone", &[], &rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exported_campaigns_come_back_with_pins_or_with_their_macs() {
    let mac = "0123456789abcdef".repeat(4);
    let macs = [
        ("PIN_KEY_MODE", "hmac"),
        ("PIN_PEPPER_KMS_KEY_ID", "alias/pepper"),
    ];
    for (variables, key) in [(&[][..], "00420815"), (&macs, &mac)] {
        let last = format!("{}1", &key[1..]);
        let rows: [&[_]; 2] = [
            &[
                ("pinCode", text(key)),
                ("campaignUrl", text("https://example.com/a?b=1,2")),
                ("campaignId", text("spring")),
                ("enabled", AttributeValue::Bool(false)),
                ("startsAt", number("1775001600")),
                ("expiresAt", number("1775012400")),
                ("maxRedemptions", number("10")),
                ("singleUsePerMember", AttributeValue::Bool(true)),
                ("message", text("本日\n{url}")),
            ],
            &[
                ("pinCode", text(&last)),
                ("campaignUrl", text("https://example.com/b")),
                ("campaignId", text("summer")),
            ],
        ];
        travels("campaigns", BENEFITS, "pinCode", variables, &rows).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_the_wrong_kind_and_short_pins_are_refused() {
    let account = Account::with_line(&[]).await;
    let macs = account.file("k.csv", "pinKey,campaignUrl\n00ff,https://example.com/\n");
    let refused = account.fails(&["campaigns", "import", &macs]);
    for sentence in [
        "1: the header's \"pinKey\" must be one of pinCode, campaignUrl",
        "1: the header must name pinCode",
    ] {
        assert!(refused.contains(sentence), "{refused}");
    }
    // The line's PIN_MIN_LENGTH is 4.
    let short = account.file(
        "s.csv",
        "pinCode,campaignUrl\n042,https://example.com/\n0042,https://example.com/\n",
    );
    let refused = account.fails(&["campaigns", "import", &short]);
    let sentence =
        "2: pinCode: the PIN must have at least 4 digits, the line's pin.min_length, but has 3";
    assert!(refused.contains(sentence), "{refused}");
    let pin = account.file("pin", "042");
    let add = [
        "campaigns",
        "add",
        "--pin-file",
        &pin,
        "--url",
        "https://example.com/",
    ];
    let refused = account.fails(&add);
    assert!(
        refused.contains("the PIN must have at least 4 digits"),
        "{refused}"
    );
    assert!(account.rows(BENEFITS).await.is_empty());
    account.stop().await;

    let macs_line = [
        ("PIN_KEY_MODE", "hmac"),
        ("PIN_PEPPER_KMS_KEY_ID", "alias/pepper"),
    ];
    let account = Account::with_line(&macs_line).await;
    let macs = account.file("k.csv", "pinKey,campaignUrl\n00ff,https://example.com/\n");
    let refused = account.fails(&["campaigns", "import", &macs]);
    let sentence =
        "2: pinKey: must be a MAC of 64 hexadecimal digits, as `campaigns export` writes it";
    assert!(refused.contains(sentence), "{refused}");
    let both = account.file("b.csv", "pinKey,pinCode,campaignUrl\n");
    let refused = account.fails(&["campaigns", "import", &both]);
    assert!(
        refused.contains("1: the header must name only one of pinCode, pinKey"),
        "{refused}"
    );
    account.stop().await;
}
