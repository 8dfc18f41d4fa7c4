//! Follows the guides for deploying and running a line to the letter: runs their blocks of shell and HCL in
//! order, in a directory that contains only a release's files, and against one account.
//!
//! A command that cannot run here is listed with its reason. If any other command fails, the test fails. The
//! machine must have the tools that the guides require: a POSIX shell, `unzip`, `sha256sum` and `openssl`.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use e2e::bundle::{BuiltBundle, bare_path};
use e2e::{Failure, REGION, TestAccount, press};
use local_connect::CallerId;
use local_harness::environment;
use local_harness::sample::put_member;
use local_toolchain::BUNDLE_NAME;
use serde_json::{Map, Value};
use tempfile::TempDir;

use super::read;

e2e::trials![the_guides_are_followed_to_the_letter];

/// Beginnings of commands that are not run, each with the reason.
const NOT_RUN: [(&str, &str); 8] = [
    (
        "gh attestation verify",
        "no release is published, so there is no attestation",
    ),
    (
        "cargo run -- up",
        "it waits for Ctrl-C; tests of local/cli run it",
    ),
    (
        "cargo run -- load",
        "it reads the reader's own files; tests of operator/ run it",
    ),
    (
        "cargo run -- forget",
        "a test of operator/ runs it, and the next commands would find nothing",
    ),
    (
        "cargo run -- explain",
        "it needs the ids of the reader's calls; tests of operator/ run it",
    ),
    (
        "aws pinpoint-sms-voice-v2",
        "the account has no numbers, pools or sender ids",
    ),
    (
        "aws iam get-role --role-name AWSServiceRole",
        "AWS creates this role",
    ),
    ("aws service-quotas", "the account has no quotas"),
];

/// Beginnings of HCL that is not applied, each with the reason.
const NOT_APPLIED: [(&str, &str); 2] = [
    (
        "source = \"https://example.com/",
        "terraform_accepts_the_zip_as_a_module_source does it with a path",
    ),
    (
        "data \"aws_caller_identity\"",
        "it needs a newer provider than the module requires",
    ),
];

const MEMBERS: &str = "campaign_member_table";
const BENEFITS: &str = "campaign_benefits_table";
const ATTEMPTS: &str = "campaign_attempts_table";

/// The member whom the guides load, look up and delete.
const MEMBER: &str = "+819012345678";
/// Another phone number of the same member.
const SECOND_PHONE: &str = "+819012345602";
const OTHER_MEMBER: &str = "+819012345601";
const PIN: &str = "00420815";

const SENT: &str = "メールをご確認下さい";
const NOT_SENT: &str = "申し訳ございません。メールをお送りできませんでした";
const CAMPAIGN_OVER: &str = "申し訳ございません。こちらのキャンペーンは、現在ご利用いただけません";
const TROUBLE: &str =
    "申し訳ございません。ただいまご案内できません。しばらくしてから、おかけ直し下さい";

async fn the_guides_are_followed_to_the_letter() -> Result<(), Failure> {
    let mut reader = Reader::prepare().await?;
    reader.follow("first-deployment.md").await?;
    reader.every_option_can_be_planned().await?;
    reader.follow("operations.md").await?;
    // The last page deleted these rows; the calls after an upgrade need them.
    reader.load_again().await?;
    reader.follow("upgrading.md").await?;
    reader.aws.account.shutdown().await;
    Ok(())
}

type Row = HashMap<String, AttributeValue>;

/// A code block of a document, and its position.
struct Block {
    heading: String,
    /// The number of blocks before it below the same heading.
    number: usize,
    language: String,
    text: String,
}

fn blocks(document: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut heading = String::new();
    let mut open = false;
    for line in document.lines() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(language) => {
                open = true;
                let before = found.iter().filter(|block| block.heading == heading);
                found.push(Block {
                    number: before.count(),
                    heading: heading.clone(),
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            None if open => {
                let block = found.last_mut().expect("a block is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            None if line.starts_with('#') => {
                heading = line.trim_start_matches(['#', ' ']).to_owned()
            }
            None => {}
        }
    }
    found
}

/// Splits a block of shell into commands: lines, joined where a quote or a backslash continues them.
fn commands(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quote = None;
    let mut escaped = false;
    for character in text.chars() {
        match (quote, character) {
            (None, '\n') if !escaped => {
                found.push(String::new());
                continue;
            }
            (None, '\'' | '"') if !escaped => quote = Some(character),
            (Some(open), close) if open == close && !escaped => quote = None,
            _ => {}
        }
        escaped = character == '\\' && !escaped && quote != Some('\'');
        found
            .last_mut()
            .expect("the list is never empty")
            .push(character);
    }
    found.retain(|command| !command.trim().is_empty());
    found
}

/// A reader who follows the guides.
struct Reader {
    aws: TestAccount,
    built: Arc<BuiltBundle>,
    directory: TempDir,
    _bin: TempDir,
    environment: BTreeMap<String, OsString>,
    /// Module arguments that the guides suggest.
    options: Vec<String>,
    /// The ARN of the key that replaces the placeholder `KEY_ARN`.
    pepper: String,
    number: String,
}

impl Reader {
    async fn prepare() -> Result<Self, Failure> {
        let built = BuiltBundle::shared().await?;
        let aws = TestAccount::start().await?;
        let directory = tempfile::tempdir()?;
        let name = format!("{BUNDLE_NAME}-{}.zip", built.bundle.version);
        for file in [name.as_str(), "SHA256SUMS"] {
            fs::copy(
                built.directory.path().join(file),
                directory.path().join(file),
            )?;
        }

        let bin = tempfile::tempdir()?;
        let mut path = OsString::from(bare_path(bin.path(), built.toolchain)?);
        symlink(std::env::current_exe()?, PathBuf::from(&path).join("aws"))?;
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let account = environment(&aws.account.endpoint_url(), REGION);
        // Prepares the provider, and the Terraform configuration that names its directory.
        let scratch = tempfile::tempdir()?;
        fs::write(scratch.path().join("main.tf"), read("versions.tf"))?;
        let mut terraform = built.toolchain.terraform(scratch.path(), account.clone())?;
        terraform.init().await?;
        let mut environment: BTreeMap<String, OsString> = account
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
        let config = terraform.cli_config().as_os_str().to_owned();
        let kept = ["HOME", "TMPDIR", "XDG_CACHE_HOME"];
        environment.extend(
            kept.into_iter()
                .filter_map(|name| Some((name.to_owned(), std::env::var_os(name)?))),
        );
        environment.extend([
            ("PATH".to_owned(), path),
            ("TF_CLI_CONFIG_FILE".to_owned(), config),
            // No person can approve the plan.
            ("TF_CLI_ARGS_apply".to_owned(), "-auto-approve".into()),
            ("TF_INPUT".to_owned(), "0".into()),
            ("CHECKPOINT_DISABLE".to_owned(), "1".into()),
            ("AWS_CONFIG_FILE".to_owned(), "/dev/null".into()),
            ("AWS_SHARED_CREDENTIALS_FILE".to_owned(), "/dev/null".into()),
        ]);

        let kms = aws_sdk_kms::Client::new(&aws.sdk_config().await);
        let key = kms
            .create_key()
            .key_spec(KeySpec::Hmac256)
            .key_usage(KeyUsageType::GenerateVerifyMac)
            .send()
            .await?;
        let pepper = key.key_metadata().and_then(|key| key.arn());
        Ok(Self {
            pepper: pepper.ok_or("the key must have an ARN")?.to_owned(),
            aws,
            built,
            directory,
            _bin: bin,
            environment,
            options: Vec::new(),
            number: String::new(),
        })
    }

    async fn follow(&mut self, document: &str) -> Result<(), Failure> {
        for block in blocks(&read(&format!("docs/{document}"))) {
            let block_name = format!("docs/{document}, {}, block {}", block.heading, block.number);
            let output = match block.language.as_str() {
                "hcl" => {
                    self.write(&block.text)?;
                    String::new()
                }
                "sh" => self.run(&block_name, &block.text)?,
                // Queries, which tests/tests/readme.rs checks.
                "text" => String::new(),
                other => {
                    return Err(
                        format!("{block_name}: the test cannot run a block of {other}").into(),
                    );
                }
            };
            self.check(document, &block, &output).await?;
        }
        Ok(())
    }

    /// Writes a `module` block as the stack, and adds an output to it. Any other block is an argument, which
    /// is planned later.
    fn write(&mut self, text: &str) -> Result<(), Failure> {
        if let Some((_, why)) = NOT_APPLIED.iter().find(|(start, _)| text.contains(start)) {
            e2e::report!("not applied: {why}");
        } else if text.starts_with("module \"line\" {") {
            fs::write(self.directory.path().join("main.tf"), text)?;
        } else if text.starts_with("output ") {
            let main = self.directory.path().join("main.tf");
            fs::write(&main, fs::read_to_string(&main)? + "\n" + text)?;
        } else {
            self.options.push(text.to_owned());
        }
        Ok(())
    }

    /// Runs a block with the variables of earlier blocks, and returns its output.
    fn run(&self, block_name: &str, text: &str) -> Result<String, Failure> {
        let text = text.replace("KEY_ARN", &self.pepper);
        let mut script = String::from("set -eu\ntouch .variables\n. ./.variables\n");
        let mut runs = false;
        let mut variables = String::new();
        for command in commands(&text) {
            let start = command.trim_start();
            if let Some((_, why)) = NOT_RUN.iter().find(|(not, _)| start.starts_with(not)) {
                e2e::report!("not run: {start}: {why}");
                continue;
            }
            runs = true;
            script.push_str(&command);
            script.push('\n');
            if let Some((name, _)) = start.split_once('=')
                && name.chars().all(|c| c.is_ascii_uppercase())
            {
                variables.push_str(&format!(
                    "printf \"%s='%s'\\n\" {name} \"${name}\" >>.variables\n"
                ));
            }
        }
        script.push_str(&variables);
        if !runs {
            return Ok(String::new());
        }
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(self.directory.path())
            // The user's own settings of Terraform and AWS could lead to another account.
            .env_clear()
            .envs(&self.environment)
            .output()?;
        let stdout = String::from_utf8(output.stdout)?;
        match output.status.success() {
            true => Ok(stdout),
            false => Err(format!(
                "{block_name} fails:\n{script}\n{stdout}{}",
                String::from_utf8_lossy(&output.stderr)
            )
            .into()),
        }
    }

    /// Checks the effects and the output of a block.
    async fn check(&mut self, document: &str, block: &Block, output: &str) -> Result<(), Failure> {
        let client = &self.aws.client;
        match (document, block.heading.as_str(), block.number) {
            ("first-deployment.md", "7. Plan and apply", 1) => {
                self.number = output
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_matches('"')
                    .to_owned();
                assert!(self.number.starts_with("+81"), "{output}");
            }
            ("first-deployment.md", "8. Members and campaigns", 0) => {
                let text = self.call(MEMBER, SENT, 1).await?;
                assert!(text.contains("https://example.com/campaign/42"), "{text}");
            }
            ("operations.md", "Look a member up", 0 | 1) => {
                assert!(output.contains("1234"), "{output}")
            }
            ("operations.md", "Look a member up", 2) => {
                assert!(output.contains("\"sent\""), "{output}")
            }
            ("operations.md", "Look a member up", 3) => self.the_pepper_is_the_functions().await?,
            ("operations.md", "Correct a row", 0) => drop(self.call(MEMBER, NOT_SENT, 0).await?),
            ("operations.md", "Correct a row", 2) => {
                let text = self.call(MEMBER, SENT, 1).await?;
                assert!(text.contains("https://example.com/campaign/43"), "{text}");
                put_member(client, REGION, MEMBERS, OTHER_MEMBER, "5678").await?;
                put_member(client, REGION, MEMBERS, SECOND_PHONE, "1234").await?;
            }
            ("operations.md", "Pause a campaign", 0) => {
                self.call(OTHER_MEMBER, CAMPAIGN_OVER, 0).await?;
            }
            ("operations.md", "Pause a campaign", 1) => {
                self.call(OTHER_MEMBER, SENT, 1).await?;
            }
            ("operations.md", "Pause the line", 0) => {
                self.call(OTHER_MEMBER, TROUBLE, 0).await?;
            }
            ("operations.md", "Pause the line", 1) => {
                self.make_single_use().await?;
                self.call(OTHER_MEMBER, SENT, 1).await?;
                self.call(SECOND_PHONE, SENT, 1).await?;
                self.call(SECOND_PHONE, CAMPAIGN_OVER, 0).await?;
                // A report that ends now does not include metrics of the current second.
                tokio::time::sleep(Duration::from_millis(1_100)).await;
            }
            ("operations.md", "Report", 0) => {
                let sent = self.aws.messages().len();
                assert!(
                    output.contains(&format!("\"Sum\": {sent}.0")),
                    "{sent}: {output}"
                );
            }
            ("operations.md", "Report", 1) => {
                assert!(output.contains("REDEEMED#spring-2026"), "{output}");
            }
            ("operations.md", "Report", 2) => assert!(output.contains("\"Count\": 3"), "{output}"),
            ("operations.md", "Delete a member with all traces", 2) => {
                let left = self.keys("CALLER#").await?;
                assert_eq!(
                    left.len(),
                    2,
                    "the items of the two other numbers must stay: {left:?}"
                );
            }
            ("operations.md", "Delete a member with all traces", 3) => {
                let left = self.keys("USED#").await?;
                assert_eq!(
                    left.len(),
                    1,
                    "the item of the other member must stay: {left:?}"
                );
            }
            ("operations.md", "End a campaign for good", 1) => {
                for start in ["USED#", "REDEEMED#"] {
                    assert_eq!(self.keys(start).await?, [""; 0]);
                }
                assert_eq!(self.scan(BENEFITS).await?, []);
            }
            ("upgrading.md", "Apply, and call" | "Go back", 0) => {
                self.call(MEMBER, SENT, 1).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Calls with the PIN, checks the last sentence and the number of messages sent, and returns the text of
    /// the last message.
    async fn call(&self, from: &str, heard: &str, messages: usize) -> Result<String, Failure> {
        let before = self.aws.messages().len();
        let caller = CallerId::Number(from.to_owned());
        let mut call = self.aws.call(&self.number, caller, &[]).await?;
        if call.heard().last() != Some(&TROUBLE) {
            press(&mut call, &format!("{PIN}#")).await;
        }
        assert_eq!(call.heard().last(), Some(&heard), "{from}");
        let sent = self.aws.messages();
        assert_eq!(sent.len() - before, messages, "{from}");
        Ok(sent
            .last()
            .map(|message| message.message.clone())
            .unwrap_or_default())
    }

    /// The caller's tag that the shell computed is the function's.
    async fn the_pepper_is_the_functions(&self) -> Result<(), Failure> {
        use connect_pin_sms::aws::pin_keys::{MacKey, kms_client};
        let client = kms_client(&self.aws.sdk_config().await);
        let pepper = MacKey::new(client, &self.pepper).derived().await?;
        let mac = pepper.mac(format!("attempts:v1:caller\0{MEMBER}").as_bytes());
        let computed = self.run("PEPPERED", "printf %s \"$PEPPERED\"")?;
        assert_eq!(computed, connect_pin_sms::rules::hashing::hex(&mac)[..32]);
        Ok(())
    }

    async fn make_single_use(&self) -> Result<(), Failure> {
        let dynamodb = aws_sdk_dynamodb::Client::new(&self.aws.sdk_config().await);
        dynamodb
            .update_item()
            .table_name(BENEFITS)
            .key("pinCode", AttributeValue::S(PIN.to_owned()))
            .update_expression("SET singleUsePerMember = :yes")
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .send()
            .await?;
        Ok(())
    }

    /// Writes the rows of first-deployment.md again, which operations.md deletes.
    async fn load_again(&self) -> Result<(), Failure> {
        let blocks = blocks(&read("docs/first-deployment.md"));
        let rows = blocks
            .iter()
            .find(|block| block.heading == "8. Members and campaigns")
            .ok_or("docs/first-deployment.md must have the section 8. Members and campaigns")?;
        self.run("the rows of the first deployment", &rows.text)
            .map(drop)
    }

    async fn scan(&self, table: &str) -> Result<Vec<Row>, Failure> {
        let dynamodb = aws_sdk_dynamodb::Client::new(&self.aws.sdk_config().await);
        let found = dynamodb.scan().table_name(table).send().await?;
        Ok(found.items().to_vec())
    }

    /// Returns the keys of the attempts table that begin with `start`.
    async fn keys(&self, start: &str) -> Result<Vec<String>, Failure> {
        let rows = self.scan(ATTEMPTS).await?;
        let keys = rows
            .iter()
            .filter_map(|row| row.get("pk")?.as_s().ok().cloned());
        Ok(keys.filter(|key| key.starts_with(start)).collect())
    }

    /// Plans the guide's stack with each argument that a guide suggests.
    async fn every_option_can_be_planned(&self) -> Result<(), Failure> {
        assert!(self.options.len() >= 2, "{:?}", self.options);
        let main = self.directory.path().join("main.tf");
        let stack = fs::read_to_string(&main)?;
        let account = environment(&self.aws.account.endpoint_url(), REGION);
        let mut terraform = self
            .built
            .toolchain
            .terraform(self.directory.path(), account)?;
        terraform.keep_provider().await?;
        let terraform = terraform.without_refresh();
        for option in &self.options {
            let (head, rest) = stack
                .split_once("\n}\n")
                .ok_or("main.tf must have a module block")?;
            fs::write(&main, format!("{head}\n{option}}}\n{rest}"))?;
            let plan = terraform.plan(&Map::<String, Value>::new(), None).await;
            plan.map_err(|error| format!("{option} cannot be planned: {error}"))?;
        }
        fs::write(&main, stack)?;
        Ok(())
    }
}
