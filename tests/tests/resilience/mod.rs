//! Promises under guessing, abuse and failure, and promises of privacy, tested with real calls. All scenarios
//! share one deployment; each has callers of its own.

mod abuse;
mod failures;
mod guessing;
pub(crate) mod leaks;
mod load;
mod memory;
mod once;
mod phone;
mod privacy;
mod settings;
mod setup;
mod uniform;

use e2e::trials::Group;
use setup::ResilienceSetup;

/// Returns the scenarios, which share one deployment. Those that are alone place hundreds of calls at once, or
/// compare times.
pub(crate) fn group() -> Group<ResilienceSetup> {
    let group = Group::new();
    let group = e2e::members![group.member:
        guessing::attempts_are_limited_per_call_and_per_hour,
        guessing::a_right_pin_takes_back_only_its_own_attempt,
        abuse::strangers_get_no_message,
        abuse::a_member_gets_two_messages_a_day,
        abuse::campaigns_have_rules_of_their_own,
        once::a_repeated_invocation_sends_nothing_again,
        once::a_publish_whose_answer_is_lost_is_not_repeated,
        once::a_request_that_amazon_connect_repeats_has_one_effect,
        once::round_trips_are_as_few_as_promised,
        failures::the_caller_hears_of_every_failure_of_every_dependency,
        settings::without_protection_a_message_takes_two_round_trips,
        settings::a_callers_day_and_all_callers_have_limits_of_their_own,
        settings::numbers_and_lengths_are_checked_before_sending,
        settings::the_other_backend_sends_as_well,
        settings::messages_are_in_the_callers_language,
        settings::pins_can_be_stored_as_macs,
        privacy::the_most_verbose_log_holds_no_secret,
        privacy::no_log_holds_a_pin_or_a_number,
    ];
    e2e::members![group.alone:
        guessing::parallel_calls_cannot_outrun_the_limit,
        abuse::a_limited_campaign_is_redeemed_exactly_as_often,
        uniform::uniform_answers_do_not_reveal_who_is_a_member,
        load::a_thousand_open_calls_send_every_message_once,
    ]
}
