//! The handler with the real SDK clients, against a local account in this process.

mod adapters;
pub(crate) mod answers;
mod promises;
mod world;

use e2e::Failure;
use e2e::dynamodb_local::DynamoDbLocal;

use world::HandlerWorld;

e2e::trials![
    the_attempts_table_keeps_its_promises,
    wrong_pins_lock_and_redemptions_run_out,
    a_try_that_is_repeated_after_midnight_is_the_same,
    conditional_writes_refuse_what_they_must,
    conditional_writes_hold_on_dynamodb_local_too,
];

async fn the_attempts_table_keeps_its_promises() -> Result<(), Failure> {
    promises::attempts_are_kept(HandlerWorld::new().await?).await
}

async fn wrong_pins_lock_and_redemptions_run_out() -> Result<(), Failure> {
    promises::limits_hold(HandlerWorld::new().await?).await
}

async fn a_try_that_is_repeated_after_midnight_is_the_same() -> Result<(), Failure> {
    promises::a_day_ends_within_a_call(HandlerWorld::new().await?).await
}

async fn conditional_writes_refuse_what_they_must() -> Result<(), Failure> {
    adapters::writes_refuse(HandlerWorld::new().await?).await
}

/// The same promises on Amazon's own emulator: they must not rest on one.
async fn conditional_writes_hold_on_dynamodb_local_too() -> Result<(), Failure> {
    for promise in 0..4 {
        // Each begins with empty tables.
        let Some(dynamodb) = DynamoDbLocal::start_if_asked().await? else {
            return Ok(());
        };
        let world = HandlerWorld::with_tables_at(Some(&dynamodb.endpoint_url)).await?;
        match promise {
            0 => promises::attempts_are_kept(world).await?,
            1 => promises::limits_hold(world).await?,
            2 => promises::a_day_ends_within_a_call(world).await?,
            _ => adapters::writes_refuse(world).await?,
        }
    }
    Ok(())
}
