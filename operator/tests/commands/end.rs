//! The end of a campaign: the items that the function's own code wrote are deleted, and no others.

use aws_sdk_dynamodb::types::ScalarAttributeType;
use connect_pin_sms::aws::dynamodb::AttemptsTable;
use connect_pin_sms::rules::campaign::{CampaignId, Identity};
use connect_pin_sms::rules::counter::{CounterId, Move, Moved, Step};
use connect_pin_sms::rules::hashing::Hasher;
use connect_pin_sms::rules::pin::PinKey;
use connect_pin_sms::rules::ports::AttemptLedger;
use connect_pin_sms::rules::tags::Tags;

use crate::account::Account;

const ATTEMPTS: &str = "campaign_attempts_table";

const ONE_MORE: Move = Move {
    start: 0,
    by: 1,
    at_least: None,
    at_most: None,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_ended_for_good() {
    let account = Account::start().await;
    account
        .table(ATTEMPTS, &[("pk", ScalarAttributeType::S)])
        .await;
    let ledger = AttemptsTable::new(
        connect_pin_sms::aws::dynamodb::client(&account.config),
        ATTEMPTS,
    );
    let tags = Tags::new(Hasher::unkeyed());
    let id = |id| Identity::Id(CampaignId::parse(id).unwrap());
    let campaigns = [
        id("spring"),
        id("summer"),
        Identity::Pin(PinKey::new("0042")),
    ];
    let mut number = 1_795_000_000_000_000;
    for campaign in &campaigns {
        for member in ["1", "2", "3"] {
            number += 2;
            let step = Step {
                lane: "0123456789ab".into(),
                number,
            };
            let count = CounterId::Redemptions {
                campaign: tags.campaign(campaign),
            };
            for of in [count, tags.single_use(campaign, member)] {
                let moved = ledger.take(&of, &ONE_MORE, &step).await;
                assert_eq!(moved, Ok(Moved::Taken));
            }
        }
    }
    assert_eq!(account.rows(ATTEMPTS).await.len(), 12);

    let printed = account.loaded(&["end-campaign", "spring", "--dry-run"]);
    assert!(
        printed.contains("Would delete a count of 3 and 3 marks"),
        "{printed}"
    );
    assert_eq!(account.rows(ATTEMPTS).await.len(), 12);

    let printed = account.loaded(&["end-campaign", "spring"]);
    assert!(
        printed.contains("Deleted a count of 3 and 3 marks"),
        "{printed}"
    );
    assert_eq!(account.rows(ATTEMPTS).await.len(), 8);
    let printed = account.loaded(&["end-campaign", "spring"]);
    assert!(
        printed.contains("Deleted 0 marks from") && printed.contains("there was no count"),
        "{printed}"
    );

    let pin = account.file("pin", "0042\n");
    let printed = account.loaded(&["end-campaign", "--pin-file", &pin]);
    assert!(
        printed.contains("Deleted a count of 3 and 3 marks"),
        "{printed}"
    );
    assert!(!printed.contains("0042"), "{printed}");
    // The items of the other campaign remain.
    for row in account.rows(ATTEMPTS).await {
        let of = row.get("campaign").or_else(|| row.get("pk")).unwrap();
        assert!(of.as_s().unwrap().contains("summer"), "{row:?}");
    }
    let printed = account.refused(&["end-campaign", "a campaign"]);
    assert!(printed.contains("must be 1 to 64 letters"), "{printed}");
}
