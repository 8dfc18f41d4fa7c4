//! The handler with the real SDK clients, against a local account in this process.

mod adapters;
pub(crate) mod answers;
mod promises;
mod setup;

use e2e::Failure;
use e2e::dynamodb_local::DynamoDbLocal;

use setup::HandlerSetup;

e2e::trials![
    the_attempts_table_keeps_its_promises,
    wrong_pins_lock_and_redemptions_run_out,
    an_attempt_repeated_after_midnight_is_the_same_attempt,
    conditional_writes_refuse_what_they_must,
    conditional_writes_hold_on_dynamodb_local_too,
];

async fn the_attempts_table_keeps_its_promises() -> Result<(), Failure> {
    promises::attempts_are_kept(HandlerSetup::new().await?).await
}

async fn wrong_pins_lock_and_redemptions_run_out() -> Result<(), Failure> {
    promises::limits_hold(HandlerSetup::new().await?).await
}

async fn an_attempt_repeated_after_midnight_is_the_same_attempt() -> Result<(), Failure> {
    promises::a_day_ends_within_a_call(HandlerSetup::new().await?).await
}

async fn conditional_writes_refuse_what_they_must() -> Result<(), Failure> {
    adapters::writes_refuse(HandlerSetup::new().await?).await
}

/// The same promises on Amazon's own emulator, so that they do not rest on one emulator.
async fn conditional_writes_hold_on_dynamodb_local_too() -> Result<(), Failure> {
    for promise in 0..4 {
        // Each promise starts with empty tables.
        let Some(dynamodb) = DynamoDbLocal::start_if_enabled().await? else {
            return Ok(());
        };
        let setup = HandlerSetup::with_tables_at(Some(&dynamodb.endpoint_url)).await?;
        match promise {
            0 => promises::attempts_are_kept(setup).await?,
            1 => promises::limits_hold(setup).await?,
            2 => promises::a_day_ends_within_a_call(setup).await?,
            _ => adapters::writes_refuse(setup).await?,
        }
    }
    Ok(())
}
