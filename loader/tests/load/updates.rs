//! Rows that are there keep what the file does not speak of.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::account::{Account, BENEFITS, MEMBERS};

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// Issue 14: a table that was there before the line has attributes of other programs.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_keeps_the_attributes_of_other_programs() {
    let account = Account::start().await;
    let (phone, name) = (("phone", text("+819011112222")), ("name", text("会員")));
    let old = [phone, ("id", text("old")), name];
    account.put(MEMBERS, &old).await;

    let csv = "phone,id,optedOut\n090-1111-2222,7,true\n090-1111-3333,8,\n";
    let said = account.loaded(&["members", &account.file("m.csv", csv)]);
    assert!(said.contains("Wrote 2 members into"), "{said}");
    assert!(said.contains("(1 of them new)"), "{said}");
    let row = account.row(MEMBERS, "phone", "+819011112222").await;
    assert_eq!((&row["id"], &row["name"]), (&text("7"), &text("会員")));
    assert_eq!(row["optedOut"], AttributeValue::Bool(true));
    let row = account.row(MEMBERS, "phone", "+819011113333").await;
    assert_eq!(row.len(), 2, "an empty cell leaves nothing: {row:?}");

    // Without the column, a member who opted out stays so; with an empty cell, no longer.
    let csv = "phone,id\n090-1111-2222,9\n";
    account.loaded(&["members", &account.file("m.csv", csv)]);
    let row = account.row(MEMBERS, "phone", "+819011112222").await;
    assert_eq!((&row["id"], row.len()), (&text("9"), 4));
    let csv = "phone,id,optedOut\n090-1111-2222,9,\n";
    account.loaded(&["members", &account.file("m.csv", csv)]);
    let row = account.row(MEMBERS, "phone", "+819011112222").await;
    assert_eq!((row.get("optedOut"), row.len()), (None, 3));
    account.stop().await;
}

/// Issue 14: a campaign has an identity, which the loader writes where it makes the row. A row without
/// one is remembered by its PIN, and would forget its redemptions with another identity.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_campaign_gets_an_id_and_no_other() {
    let account = Account::start().await;
    let url = ("campaignUrl", text("https://example.com/old"));
    account
        .put(BENEFITS, &[("pinCode", text("0041")), url])
        .await;

    let csv = "pinCode,campaignUrl\n0041,https://example.com/a\n0042,https://example.com/a\n\
               0043,https://example.com/a\n";
    let file = account.file("c.csv", csv);
    let said = account.loaded(&["campaigns", &file]);
    assert!(said.contains("(2 of them new)"), "{said}");
    let id = async |pin: &str| {
        let row = account.row(BENEFITS, "pinCode", pin).await;
        row.get("campaignId")
            .map(|id| id.as_s().unwrap().to_owned())
    };
    assert_eq!(id("0041").await, None);
    let (made, other) = (id("0042").await.unwrap(), id("0043").await.unwrap());
    assert_ne!(made, other);
    for id in [&made, &other] {
        assert_eq!(id.len(), 32, "16 bytes in hexadecimal digits: {id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }

    // Again: the rows are there, and keep what they have. So does an empty cell.
    let said = account.loaded(&["campaigns", &file]);
    assert!(said.contains("(0 of them new)"), "{said}");
    let csv = "pinCode,campaignUrl,campaignId\n0041,https://example.com/a,\n\
               0042,https://example.com/a,\n";
    account.loaded(&["campaigns", &account.file("empty.csv", csv)]);
    assert_eq!(id("0041").await, None);
    assert_eq!(id("0042").await, Some(made));

    // What the file says is written, to rows that are there and to new ones.
    let csv = "pinCode,campaignUrl,campaignId\n0041,https://example.com/a,spring-2026\n\
               0042,https://example.com/a,spring_2026\n0044,https://example.com/a,0044\n";
    let said = account.loaded(&["campaigns", &account.file("named.csv", csv)]);
    assert!(said.contains("(1 of them new)"), "{said}");
    for (pin, expected) in [
        ("0041", "spring-2026"),
        ("0042", "spring_2026"),
        ("0044", "0044"),
    ] {
        assert_eq!(id(pin).await.as_deref(), Some(expected));
    }
    account.stop().await;
}
