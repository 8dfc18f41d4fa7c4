//! Tests of the command that deploy with Terraform, which spends most of its time waiting: more of them run
//! side by side than Rust's own runner would start.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a failed expectation is a failed test"
)]

mod chain;
mod dev;
mod elsewhere;
mod kept;

#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

/// Trials of functions, which are named after their paths.
macro_rules! trials {
    (sync: $($sync:path),* $(,)?; async: $($async:path),* $(,)?) => {
        vec![
            $(Trial::test(stringify!($sync), || {
                $sync();
                Ok(())
            }),)*
            $(Trial::test(stringify!($async), || {
                Runtime::new()?.block_on($async());
                Ok(())
            }),)*
        ]
    };
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let trials = trials![
        sync:
            dev::mistakes_are_reported_before_anything_starts,
            elsewhere::no_setting_of_the_shell_leads_a_demo_out_of_the_account,
            elsewhere::no_run_of_terraform_gets_the_settings_of_the_shell;
        async:
            chain::a_stack_lives_in_a_running_account_from_one_release_to_the_next,
            dev::a_changed_file_is_heard_and_a_broken_one_breaks_nothing,
            dev::a_changed_function_answers_and_the_one_in_dist_comes_back,
            kept::a_demo_with_its_page_says_where_first_and_keeps_the_line,
            kept::a_kept_demo_has_its_line_until_it_is_interrupted,
    ];
    arguments.test_threads = arguments.test_threads.or(Some(trials.len()));
    libtest_mimic::run(&arguments, trials).exit_code()
}
