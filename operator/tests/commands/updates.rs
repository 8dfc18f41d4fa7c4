//! Updates keep the attributes that the file does not contain.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::account::{Account, BENEFITS, MEMBERS};

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// The table existed before the line.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_keeps_the_attributes_of_other_programs() {
    let account = Account::start().await;
    let (phone, name) = (("phone", text("+819011112222")), ("name", text("会員")));
    let old = [phone, ("id", text("old")), name];
    account.put(MEMBERS, &old).await;

    let csv = "phone,id,optedOut\n090-1111-2222,7,true\n090-1111-3333,8,\n";
    let printed = account.loaded(&["members", &account.file("m.csv", csv)]);
    assert!(printed.contains("Wrote 2 members to"), "{printed}");
    assert!(printed.contains("(1 of them new)"), "{printed}");
    let row = account.row(MEMBERS, "phone", "+819011112222").await;
    assert_eq!((&row["id"], &row["name"]), (&text("7"), &text("会員")));
    assert_eq!(row["optedOut"], AttributeValue::Bool(true));
    let row = account.row(MEMBERS, "phone", "+819011113333").await;
    assert_eq!(row.len(), 2, "an empty cell adds no attribute: {row:?}");

    // Without the column, a member stays opted out; with an empty cell, the attribute is removed.
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

/// `load` gives an id to a row that it creates. An existing row without an id is counted under
/// its PIN, so an id would reset its redemptions.
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
    let printed = account.loaded(&["campaigns", &file]);
    assert!(printed.contains("(2 of them new)"), "{printed}");
    let id = async |pin: &str| {
        let row = account.row(BENEFITS, "pinCode", pin).await;
        row.get("campaignId")
            .map(|id| id.as_s().unwrap().to_owned())
    };
    assert_eq!(id("0041").await, None);
    let (first, second) = (id("0042").await.unwrap(), id("0043").await.unwrap());
    assert_ne!(first, second);
    for id in [&first, &second] {
        assert_eq!(id.len(), 32, "16 bytes in hexadecimal digits: {id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }

    // The second time the rows exist, and keep their ids or stay without. An empty cell changes
    // nothing, either.
    let printed = account.loaded(&["campaigns", &file]);
    assert!(printed.contains("(0 of them new)"), "{printed}");
    let csv = "pinCode,campaignUrl,campaignId\n0041,https://example.com/a,\n\
               0042,https://example.com/a,\n";
    account.loaded(&["campaigns", &account.file("empty.csv", csv)]);
    assert_eq!(id("0041").await, None);
    assert_eq!(id("0042").await, Some(first));

    // An id in the file is written to existing and to new rows.
    let csv = "pinCode,campaignUrl,campaignId\n0041,https://example.com/a,spring-2026\n\
               0042,https://example.com/a,spring_2026\n0044,https://example.com/a,0044\n";
    let printed = account.loaded(&["campaigns", &account.file("named.csv", csv)]);
    assert!(printed.contains("(1 of them new)"), "{printed}");
    for (pin, expected) in [
        ("0041", "spring-2026"),
        ("0042", "spring_2026"),
        ("0044", "0044"),
    ] {
        assert_eq!(id(pin).await.as_deref(), Some(expected));
    }
    account.stop().await;
}
