//! The promises that matter when the world is not kind, shown by real calls: guessing, abuse,
//! failure, privacy. One deployment serves them all; each scenario has callers of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test says what it expects"
)]

mod abuse;
mod failures;
mod guessing;
mod leaks;
mod load;
mod memory;
mod once;
mod privacy;
mod settings;
mod telephone;
mod uniform;
mod world;

use e2e::Failure;
use world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_line_keeps_its_promises() -> Result<(), Failure> {
    let world = World::deploy().await?;

    guessing::tries_end_with_the_call_and_then_with_the_hour(&world).await?;
    guessing::parallel_calls_cannot_outrun_the_limit(&world).await?;
    guessing::a_right_pin_takes_back_only_its_own_attempt(&world).await?;
    abuse::strangers_never_reach_the_message(&world).await?;
    abuse::a_member_gets_two_messages_a_day(&world).await?;
    abuse::a_limited_campaign_is_redeemed_exactly_as_often(&world).await?;
    abuse::campaigns_have_rules_of_their_own(&world).await?;
    once::an_invocation_that_comes_again_sends_nothing_again(&world).await?;
    once::a_publish_whose_answer_is_lost_is_not_repeated(&world).await?;
    once::what_amazon_connect_repeats_happens_once(&world).await?;
    once::round_trips_are_as_few_as_promised(&world).await?;
    failures::every_failure_of_every_dependency_is_spoken(&world).await?;
    settings::without_protection_a_message_takes_two_round_trips(&world).await?;
    settings::the_day_and_everybody_have_limits_of_their_own(&world).await?;
    settings::numbers_and_lengths_are_judged_before_sending(&world).await?;
    uniform::uniform_answers_tell_nobody_who_is_a_member(&world).await?;
    settings::the_other_backend_sends_as_well(&world).await?;
    settings::messages_speak_the_callers_language(&world).await?;
    settings::pins_may_be_kept_as_macs(&world).await?;
    privacy::the_most_talkative_function_tells_no_more(&world).await?;
    load::a_thousand_open_calls_send_every_message_once(&world).await?;
    privacy::no_log_holds_a_pin_or_a_number(&world).await?;

    world.destroy().await
}
