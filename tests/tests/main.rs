//! All end-to-end tests in one binary. Each scenario is a trial; see [`e2e::trials`].
//!
//!     cargo test -p e2e                                    # all of them
//!     cargo test -p e2e a_member_gets_two_messages_a_day   # one, on a deployment of its own
//!     cargo test -p e2e -- --list
//!
//! The longest trials start first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod account;
mod bundle;
mod changes;
mod connect_resources;
mod documents;
mod emulators;
mod existing;
mod faults;
mod flow;
mod handler;
mod line;
mod messaging;
mod migration;
mod monitoring;
mod operations;
mod operator;
mod packages;
mod partitions;
mod permissions;
mod readme;
mod regions;
mod release;
mod release_tag;
mod resilience;
mod sessions;
mod switches;
mod table_keys;
mod upgrade;
mod variables;
mod versions;
mod workspace;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = documents::aws::run_if_started() {
        return code;
    }
    let code = e2e::trials::run(vec![
        resilience::group().into(),
        line::group().into(),
        bundle::examples().into(),
        readme::trials().into(),
        upgrade::trials().into(),
        documents::walk::trials().into(),
        connect_resources::trials().into(),
        operations::hosting::trials().into(),
        permissions::line::trials().into(),
        changes::trials().into(),
        regions::trials().into(),
        existing::trials().into(),
        migration::trials().into(),
        variables::trials().into(),
        partitions::trials().into(),
        operator::trials().into(),
        versions::trials().into(),
        monitoring::trials().into(),
        permissions::delivery::trials().into(),
        permissions::features::trials().into(),
        operations::preferences::trials().into(),
        messaging::trials().into(),
        packages::trials().into(),
        release_tag::trials().into(),
        switches::trials().into(),
        line::trials().into(),
        flow::trials().into(),
        flow::shipped::trials().into(),
        flow::shipped::api::trials().into(),
        flow::shipped::cost::trials().into(),
        flow::shipped::resource::trials().into(),
        bundle::trials().into(),
        handler::trials().into(),
        handler::answers::trials().into(),
        emulators::trials().into(),
        faults::trials().into(),
        sessions::trials().into(),
        operations::metrics::trials().into(),
        operations::logs::trials().into(),
        operations::tables::trials().into(),
        permissions::keys::trials().into(),
        permissions::refusals::trials().into(),
        permissions::services::trials().into(),
        permissions::traces::trials().into(),
        account::trials().into(),
        table_keys::trials().into(),
        release::trials().into(),
        monitoring::outcomes::trials().into(),
        variables::countries::trials().into(),
        documents::trials().into(),
        documents::claims::trials().into(),
        documents::language::trials().into(),
        documents::promises::trials().into(),
        documents::texts::trials().into(),
        documents::conformance::trials().into(),
        workspace::trials().into(),
        resilience::leaks::trials().into(),
    ]);
    e2e::bundle::remove_shared();
    code
}
