//! The floor: a function with the minimal cost of the line's requests.
//!
//! It gets invocations from the Runtime API, sends the same requests as the line's function for the same
//! command, in the same steps and over as many connections, and answers with a constant. It parses neither
//! events nor answers, and neither signs nor protects anything, so the difference to the line's function is
//! the cost of that function's work.

mod connection;
mod plan;

use std::env;
use std::io;
use std::process::ExitCode;

use bytes::Bytes;
use hyper::Request;

use crate::connection::{Body, Origin, Pool, Result};
use crate::plan::{Plan, Steps};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The function's log must say why there is no answer.
            io::Write::write_all(&mut io::stderr(), format!("{error}\n").as_bytes()).ok();
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<()> {
    let mut runtime = Pool::new(Origin::parse(&format!(
        "http://{}",
        variable("AWS_LAMBDA_RUNTIME_API")?
    ))?);
    let mut plan = Plan::read(variable)?;
    loop {
        let next = runtime.get("/2018-06-01/runtime/invocation/next").await?;
        let id = next
            .headers
            .get("lambda-runtime-aws-request-id")
            .and_then(|id| id.to_str().ok())
            .ok_or("the Runtime API must answer with a request id")?
            .to_owned();
        let steps = if contains(&next.body, b"\"getMemberId\"") {
            Steps::Identify
        } else {
            Steps::Send
        };
        let answer = plan.run(steps).await?;
        let path = format!("/2018-06-01/runtime/invocation/{id}/response");
        let response = Request::post(path)
            .header("host", runtime.host())
            .body(Body::new(Bytes::from_static(answer)))?;
        runtime.send(response).await?;
    }
}

fn variable(name: &str) -> Result<String> {
    env::var(name).map_err(|error| format!("environment variable {name}: {error}").into())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
