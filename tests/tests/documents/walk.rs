//! The guides for those who deploy and run a line, followed to the letter: their blocks of shell and HCL,
//! one after the other, in a directory with nothing but a release's files and against one account.
//!
//! A command that cannot be run here is named with its reason. Any other that fails, fails the test. The
//! machine must have what the guides ask for: a POSIX shell, `unzip`, `sha256sum` and `openssl`.

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

/// Beginnings of commands that are not run, and why not.
const NOT_RUN: [(&str, &str); 6] = [
    (
        "gh attestation verify",
        "nothing is published that could be attested",
    ),
    (
        "cargo run -- up",
        "it waits for Ctrl-C; tests of local/cli run it",
    ),
    (
        "cargo run -- load",
        "it reads files of the reader's; tests of loader/ run it",
    ),
    // The account has no numbers, pools or sender ids to send from.
    (
        "aws pinpoint-sms-voice-v2",
        "the account has no identities to send from",
    ),
    (
        "aws iam get-role --role-name AWSServiceRole",
        "AWS itself makes such a role",
    ),
    ("aws service-quotas", "the account has no quotas"),
];

/// Beginnings of HCL that is not applied, and why not.
const NOT_APPLIED: [(&str, &str); 2] = [
    (
        "source = \"https://example.com/",
        "terraform_takes_the_zip_for_a_source does it with a path",
    ),
    (
        "data \"aws_caller_identity\"",
        "it needs a newer provider than the module",
    ),
];

const MEMBERS: &str = "campaign_member_table";
const BENEFITS: &str = "campaign_benefits_table";
const ATTEMPTS: &str = "campaign_attempts_table";

/// Whom the guides load, look up and delete.
const MEMBER: &str = "+819012345678";
/// The same member by another telephone.
const SECOND_TELEPHONE: &str = "+819012345602";
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
    // What the last page has deleted, so that the line has something to give after an upgrade.
    reader.load_again().await?;
    reader.follow("upgrading.md").await?;
    reader.aws.account.shutdown().await;
    Ok(())
}

/// A row of a table.
type Row = HashMap<String, AttributeValue>;

/// A block of a document, and where it stands.
struct Block {
    heading: String,
    /// How many stand before it below the same heading.
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
                let block = found.last_mut().expect("an open block");
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

/// The commands of a block of shell: lines, with those that a quote or a backslash continues.
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
        found.last_mut().expect("a command").push(character);
    }
    found.retain(|command| !command.trim().is_empty());
    found
}

/// A reader of the guides, who does as they say.
struct Reader {
    aws: TestAccount,
    made: Arc<BuiltBundle>,
    directory: TempDir,
    _bin: TempDir,
    environment: BTreeMap<String, OsString>,
    /// Arguments of the module that the guides propose.
    options: Vec<String>,
    /// The key that stands in the place of a placeholder.
    pepper: String,
    number: String,
}

impl Reader {
    async fn prepare() -> Result<Self, Failure> {
        let made = BuiltBundle::shared().await?;
        let aws = TestAccount::start().await?;
        let directory = tempfile::tempdir()?;
        let name = format!("{BUNDLE_NAME}-{}.zip", made.bundle.version);
        for file in [name.as_str(), "SHA256SUMS"] {
            fs::copy(
                made.directory.path().join(file),
                directory.path().join(file),
            )?;
        }

        let bin = tempfile::tempdir()?;
        let mut path = OsString::from(bare_path(bin.path(), made.toolchain)?);
        symlink(std::env::current_exe()?, PathBuf::from(&path).join("aws"))?;
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let account = environment(&aws.account.endpoint_url(), REGION);
        // Makes the provider ready, and knows where it is.
        let scratch = tempfile::tempdir()?;
        fs::write(scratch.path().join("main.tf"), read("versions.tf"))?;
        let mut terraform = made.toolchain.terraform(scratch.path(), account.clone())?;
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
            // Nobody is there to say yes.
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
            pepper: pepper.ok_or("no ARN")?.to_owned(),
            aws,
            made,
            directory,
            _bin: bin,
            environment,
            options: Vec::new(),
            number: String::new(),
        })
    }

    async fn follow(&mut self, document: &str) -> Result<(), Failure> {
        for block in blocks(&read(&format!("docs/{document}"))) {
            let place = format!("docs/{document}, {}, block {}", block.heading, block.number);
            let said = match block.language.as_str() {
                "hcl" => {
                    self.write(&block.text)?;
                    String::new()
                }
                "sh" => self.run(&place, &block.text)?,
                // Queries, which tests/tests/readme.rs looks at.
                "text" => String::new(),
                other => return Err(format!("{place}: nobody runs {other}").into()),
            };
            self.look(document, &block, &said).await?;
        }
        Ok(())
    }

    /// A `module` block is the stack, an output a part of it; an argument is planned later.
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

    /// Runs a block with the variables of the blocks before; what it printed.
    fn run(&self, place: &str, text: &str) -> Result<String, Failure> {
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
            // The user's own settings of Terraform and AWS lead elsewhere.
            .env_clear()
            .envs(&self.environment)
            .output()?;
        let said = String::from_utf8(output.stdout)?;
        match output.status.success() {
            true => Ok(said),
            false => Err(format!(
                "{place} fails:\n{script}\n{said}{}",
                String::from_utf8_lossy(&output.stderr)
            )
            .into()),
        }
    }

    /// What is so after a block.
    async fn look(&mut self, document: &str, block: &Block, said: &str) -> Result<(), Failure> {
        let client = &self.aws.client;
        match (document, block.heading.as_str(), block.number) {
            ("first-deployment.md", "7. Plan and apply", 1) => {
                self.number = said
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_matches('"')
                    .to_owned();
                assert!(self.number.starts_with("+81"), "{said}");
            }
            ("first-deployment.md", "8. Members and campaigns", 0) => {
                let text = self.call(MEMBER, SENT, 1).await?;
                assert!(text.contains("https://example.com/campaign/42"), "{text}");
            }
            ("operations.md", "Look a member up", 0 | 1) => {
                assert!(said.contains("1234"), "{said}")
            }
            ("operations.md", "Look a member up", 2) => {
                assert!(said.contains("\"sent\""), "{said}")
            }
            ("operations.md", "Look a member up", 3) => self.the_pepper_is_the_functions().await?,
            ("operations.md", "Correct a row", 0) => drop(self.call(MEMBER, NOT_SENT, 0).await?),
            ("operations.md", "Correct a row", 2) => {
                let text = self.call(MEMBER, SENT, 1).await?;
                assert!(text.contains("https://example.com/campaign/43"), "{text}");
                put_member(client, REGION, MEMBERS, OTHER_MEMBER, "5678").await?;
                put_member(client, REGION, MEMBERS, SECOND_TELEPHONE, "1234").await?;
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
                self.call(SECOND_TELEPHONE, SENT, 1).await?;
                self.call(SECOND_TELEPHONE, CAMPAIGN_OVER, 0).await?;
                // A metric of this second is not in a report that ends with it.
                tokio::time::sleep(Duration::from_millis(1_100)).await;
            }
            ("operations.md", "Report", 0) => {
                let sent = self.aws.messages().len();
                assert!(
                    said.contains(&format!("\"Sum\": {sent}.0")),
                    "{sent}: {said}"
                );
            }
            ("operations.md", "Report", 1) => {
                assert!(said.contains("REDEEMED#spring-2026"), "{said}");
            }
            ("operations.md", "Report", 2) => assert!(said.contains("\"Count\": 3"), "{said}"),
            ("operations.md", "Delete a member with all traces", 1) => {
                let left = self.keys("CALLER#").await?;
                assert_eq!(left.len(), 2, "two other numbers have called: {left:?}");
            }
            ("operations.md", "Delete a member with all traces", 2) => {
                let left = self.keys("USED#").await?;
                assert_eq!(left.len(), 1, "another member has redeemed: {left:?}");
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

    /// Calls with the PIN: what is heard last, how many messages come of it, and the text of one.
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

    /// The function's own secret is what the shell has computed.
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

    /// The rows of a guide that were deleted by another.
    async fn load_again(&self) -> Result<(), Failure> {
        let blocks = blocks(&read("docs/first-deployment.md"));
        let rows = blocks
            .iter()
            .find(|block| block.heading == "8. Members and campaigns")
            .ok_or("no rows")?;
        self.run("the rows of the first deployment", &rows.text)
            .map(drop)
    }

    async fn scan(&self, table: &str) -> Result<Vec<Row>, Failure> {
        let dynamodb = aws_sdk_dynamodb::Client::new(&self.aws.sdk_config().await);
        let found = dynamodb.scan().table_name(table).send().await?;
        Ok(found.items().to_vec())
    }

    /// Keys of the attempts table.
    async fn keys(&self, start: &str) -> Result<Vec<String>, Failure> {
        let rows = self.scan(ATTEMPTS).await?;
        let keys = rows
            .iter()
            .filter_map(|row| row.get("pk")?.as_s().ok().cloned());
        Ok(keys.filter(|key| key.starts_with(start)).collect())
    }

    /// Each argument that a guide proposes, in the stack that the guide has made.
    async fn every_option_can_be_planned(&self) -> Result<(), Failure> {
        assert!(self.options.len() >= 2, "{:?}", self.options);
        let main = self.directory.path().join("main.tf");
        let stack = fs::read_to_string(&main)?;
        let account = environment(&self.aws.account.endpoint_url(), REGION);
        let mut terraform = self
            .made
            .toolchain
            .terraform(self.directory.path(), account)?;
        terraform.keep_provider().await?;
        for option in &self.options {
            let (head, rest) = stack.split_once("\n}\n").ok_or("no module block")?;
            fs::write(&main, format!("{head}\n{option}}}\n{rest}"))?;
            let plan = terraform.plan(&Map::<String, Value>::new(), None).await;
            plan.map_err(|error| format!("{option} cannot be planned: {error}"))?;
        }
        fs::write(&main, stack)?;
        Ok(())
    }
}
