//! Tables with other keys than the module's own, and rows that must not be written.

use aws_sdk_dynamodb::types::ScalarAttributeType;
use connect_pin_sms::aws::pin_keys::PinKeySource;
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::pin::Pin;
use connect_pin_sms::rules::ports::{CampaignCatalogue, MemberDirectory, PinKeys};
use connect_pin_sms::rules::row_schema::KeyAttribute;

use crate::account::{Account, BENEFITS, MEMBERS};

const MEMBERS_CSV: &str = "phone,id\n090-1111-2222,7\n";
const CAMPAIGNS_CSV: &str = "pinCode,campaignUrl\n0042,https://example.com/a\n";

#[tokio::test(flavor = "multi_thread")]
async fn tables_may_have_keys_of_other_names() {
    let account = Account::start().await;
    let text = ScalarAttributeType::S;
    account
        .table("customers", &[("number", text.clone())])
        .await;
    account.table("vouchers", &[("code.v2", text)]).await;
    let members = account.file("m.csv", MEMBERS_CSV);
    let campaigns = account.file("c.csv", CAMPAIGNS_CSV);

    let own = ["--table", "customers", "--key-attribute", "number"];
    let printed = account.loaded(&[&["members", &members], &own[..]].concat());
    assert!(printed.contains("Wrote 1 member to customers"), "{printed}");
    let key = KeyAttribute::parse_for_members("number").unwrap();
    let phone = PhoneNumber::parse("+819011112222").unwrap();
    let found = account.members_in("customers").keyed_by(key);
    let id = found.member(&phone).await.unwrap().map(|member| member.id);
    assert_eq!(id.as_deref(), Some("7"));

    let own = ["--table", "vouchers", "--key-attribute", "code.v2"];
    for new in [1, 0] {
        let printed = account.loaded(&[&["campaigns", &campaigns], &own[..]].concat());
        assert!(
            printed.contains(&format!("({new} of them new)")),
            "{printed}"
        );
    }
    let key = KeyAttribute::parse_for_benefits("code.v2").unwrap();
    let pin = PinKeySource::Plain
        .key(&Pin::parse("0042").unwrap())
        .await
        .unwrap();
    let found = account.campaigns_in("vouchers").keyed_by(key);
    let campaign = found.campaign(&pin).await.unwrap().unwrap();
    assert_eq!(campaign.url.expose(), "https://example.com/a");
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_is_written_to_a_table_that_the_function_cannot_read() {
    let account = Account::start().await;
    let (text, number) = (ScalarAttributeType::S, ScalarAttributeType::N);
    account.table("numbers", &[("phone", number.clone())]).await;
    account
        .table("sorted", &[("pinCode", text), ("version", number)])
        .await;
    let members = account.file("m.csv", MEMBERS_CSV);
    let campaigns = account.file("c.csv", CAMPAIGNS_CSV);
    for (what, file, table, sentence) in [
        (
            "campaigns",
            &campaigns,
            MEMBERS,
            "the partition key of campaign_member_table must be pinCode, but is phone, so nothing \
             was written; if it is the right table, add --key-attribute phone",
        ),
        (
            "members",
            &members,
            "numbers",
            "the partition key phone of numbers must be of type S (string), but is of type N, so \
             nothing was written: create the table with a string key",
        ),
        (
            "campaigns",
            &campaigns,
            "sorted",
            "sorted must have no sort key, but has version, so nothing was written: the function \
             finds rows by their partition key alone",
        ),
        (
            "members",
            &members,
            "missing",
            "cannot read the key of missing (ResourceNotFoundException: ",
        ),
    ] {
        for dry_run in [&[][..], &["--dry-run"]] {
            let printed = account.refused(&[&[what, file, "--table", table], dry_run].concat());
            assert!(printed.contains(sentence), "{printed}");
        }
    }
    for table in [MEMBERS, "numbers", "sorted"] {
        assert!(account.rows(table).await.is_empty(), "{table}");
    }

    for (what, file, name) in [
        ("members", &members, "id"),
        ("campaigns", &campaigns, "campaignUrl"),
        ("campaigns", &campaigns, ""),
    ] {
        let printed = account.refused(&[what, file, "--key-attribute", name]);
        assert!(printed.contains("--key-attribute"), "{printed}");
    }
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_long_is_not_written() {
    let account = Account::start().await;
    let (fits, long) = ("あ".repeat(179), "あ".repeat(180));
    let csv = |message: &str| {
        format!(
            "pinCode,campaignUrl,message\n0041,https://example.com/a,{fits} {{url}}\n\
             0042,https://example.com/a,{message} {{url}}\n"
        )
    };
    let file = account.file("long.csv", &csv(&long));
    let printed = account.refused(&["campaigns", &file]);
    let sentence = "3: message: the text with its URL must fit into 3 parts of an SMS";
    assert!(printed.contains(sentence), "{printed}");
    assert!(account.rows(BENEFITS).await.is_empty());

    let file = account.file("fits.csv", &csv(&fits));
    account.loaded(&["campaigns", &file]);
    assert_eq!(account.rows(BENEFITS).await.len(), 2);
    account.stop().await;
}
