//! The promises that matter when the world is not kind, shown by real calls: guessing, abuse,
//! failure, privacy. One deployment serves them all; each scenario has callers of its own.

mod abuse;
mod failures;
mod guessing;
pub(crate) mod leaks;
mod load;
mod memory;
mod once;
mod privacy;
mod settings;
mod telephone;
mod uniform;
mod world;

use e2e::trials::Group;
use world::ResilienceWorld;

/// Scenarios on one deployment. Those that are alone count in hundreds of calls at once, or compare
/// times.
pub(crate) fn group() -> Group<ResilienceWorld> {
    let group = Group::new();
    let group = e2e::members![group.member:
        guessing::tries_end_with_the_call_and_then_with_the_hour,
        guessing::a_right_pin_takes_back_only_its_own_attempt,
        abuse::strangers_never_reach_the_message,
        abuse::a_member_gets_two_messages_a_day,
        abuse::campaigns_have_rules_of_their_own,
        once::an_invocation_that_comes_again_sends_nothing_again,
        once::a_publish_whose_answer_is_lost_is_not_repeated,
        once::what_amazon_connect_repeats_happens_once,
        once::round_trips_are_as_few_as_promised,
        failures::every_failure_of_every_dependency_is_spoken,
        settings::without_protection_a_message_takes_two_round_trips,
        settings::the_day_and_everybody_have_limits_of_their_own,
        settings::numbers_and_lengths_are_judged_before_sending,
        settings::the_other_backend_sends_as_well,
        settings::messages_speak_the_callers_language,
        settings::pins_may_be_kept_as_macs,
        privacy::the_most_talkative_function_tells_no_more,
        privacy::no_log_holds_a_pin_or_a_number,
    ];
    e2e::members![group.alone:
        guessing::parallel_calls_cannot_outrun_the_limit,
        abuse::a_limited_campaign_is_redeemed_exactly_as_often,
        uniform::uniform_answers_tell_nobody_who_is_a_member,
        load::a_thousand_open_calls_send_every_message_once,
    ]
}
