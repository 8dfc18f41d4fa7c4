//! The operators' tools against a line that Terraform deployed.

use std::fs;
use std::path::PathBuf;

use e2e::{Failure, REGION, TestLine, press};
use local_connect::CallerId;
use local_harness::{Outputs, environment, repository};
use local_toolchain::{Silent, build_program};
use serde_json::Value;
use tokio::process::Command;

e2e::trials![an_operator_manages_a_deployed_line_and_explains_its_calls];

const MEMBER: &str = "+819012345678";
const STRANGER: &str = "+818087654321";
const PIN: &str = "00420815";
const WRONG_PIN: &str = "99887766";

/// The program of the operators' tools, for the account of a line.
struct Tools<'a> {
    program: PathBuf,
    line: &'a TestLine,
    function: &'a str,
}

impl Tools<'_> {
    /// Runs a command for the line, which must succeed, and returns the objects that it prints.
    async fn run(&self, arguments: &[&str]) -> Result<Vec<Value>, Failure> {
        let output = Command::new(&self.program)
            .args(arguments)
            .args(["--line", self.function, "--format", "json"])
            .envs(environment(&self.line.aws.account.endpoint_url(), REGION))
            .output()
            .await?;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        let printed = String::from_utf8(output.stdout)?;
        Ok(printed
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?)
    }

    /// Returns the causes of the contacts of a caller.
    async fn causes(&self, caller: &str, outputs: &Outputs) -> Result<Vec<String>, Failure> {
        let group = &outputs.flow_log_group_name;
        let told = self
            .run(&["explain", "--caller", caller, "--flow-log-group", group])
            .await?;
        let contacts = told.iter().filter(|one| one["type"] == "contact");
        Ok(contacts
            .map(|one| one["cause"].as_str().unwrap_or_default().to_owned())
            .collect())
    }
}

async fn an_operator_manages_a_deployed_line_and_explains_its_calls() -> Result<(), Failure> {
    let line = TestLine::prepare("minimal").await?;
    let outputs = line.apply().await?;
    let tools = Tools {
        program: build_program(&repository()?, "operator", "connect-local", &Silent).await?,
        line: &line,
        function: &outputs.function_name,
    };
    tools
        .run(&["members", "add", MEMBER, "--id", "1234"])
        .await?;
    let folder = tempfile::tempdir()?;
    let pin = folder.path().join("pin");
    fs::write(&pin, PIN)?;
    let pin = pin.to_str().ok_or("the path must be UTF-8")?;
    let url = "https://example.com/campaign/42";
    tools
        .run(&[
            "campaigns",
            "add",
            "--pin-file",
            pin,
            "--id",
            "spring",
            "--url",
            url,
        ])
        .await?;

    line.dial(&outputs, CallerId::Number(STRANGER.to_owned()))
        .await?;
    assert_eq!(tools.causes(STRANGER, &outputs).await?, ["NOT_A_MEMBER"]);
    let mut call = line
        .dial(&outputs, CallerId::Number(MEMBER.to_owned()))
        .await?;
    press(&mut call, &format!("{WRONG_PIN}#")).await;
    call.hang_up().await;
    assert_eq!(tools.causes(MEMBER, &outputs).await?, ["PIN_NOT_FOUND"]);
    let mut call = line
        .dial(&outputs, CallerId::Number(MEMBER.to_owned()))
        .await?;
    press(&mut call, &format!("{PIN}#")).await;
    assert_eq!(line.aws.messages().len(), 1);
    let causes = tools.causes(MEMBER, &outputs).await?;
    assert_eq!(causes, ["PIN_NOT_FOUND", "SENT"]);
    let checked = tools.run(&["rows", "check"]).await?;
    assert!(
        checked.iter().all(|one| one["type"] != "unusable"),
        "{checked:?}"
    );

    let shown = tools.run(&["forget", MEMBER]).await?;
    assert_eq!(
        (&shown[0]["rows"], &shown[0]["days"]),
        (&1.into(), &1.into())
    );
    tools.run(&["forget", MEMBER, "--yes"]).await?;
    let left = tools.run(&["forget", MEMBER]).await?;
    for place in ["rows", "days", "marks"] {
        assert_eq!(left[0][place], 0, "{place}: {left:?}");
    }
    let listed = tools.run(&["members", "list"]).await?;
    assert_eq!(listed[0]["members"], 0, "{listed:?}");
    line.deployment.destroy().await?;
    line.aws.assert_empty().await?;
    line.aws.account.shutdown().await;
    Ok(())
}
