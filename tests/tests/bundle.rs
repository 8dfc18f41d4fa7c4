//! A release bundle: whole, nothing foreign in it, the same bytes each time, and all that somebody
//! needs who has Terraform and no Rust.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use connect_local::deployment::{Deployment, environment, repository};
use connect_local::sample::{CAMPAIGN_URL, MEMBER_ID, MEMBER_PHONE, PIN};
use e2e::{Failure, REGION, TestAccount, press};
use local_connect::CallerId;
use local_toolchain::{BUNDLE_NAME, Bundle, Cache, PlanOutcome, Silent, Toolchain};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// An example, and the lines that it is: what can be called, out of what Terraform output.
struct Example {
    name: &'static str,
    lines: fn(&Map<String, Value>) -> Vec<Line>,
}

/// Every directory of `examples/` has its entry.
const EXAMPLES: &[Example] = &[
    Example {
        name: "complete",
        lines: |outputs| vec![Line::of(outputs)],
    },
    Example {
        name: "existing-instance",
        lines: |outputs| {
            vec![Line {
                member_key: "tel",
                ..Line::of(outputs)
            }]
        },
    },
    Example {
        name: "minimal",
        lines: |outputs| vec![Line::of(outputs)],
    },
    Example {
        name: "two-lines",
        lines: |outputs| {
            let keys = outputs["phone_numbers"].as_object().unwrap().keys();
            keys.map(|key| Line {
                phone_number: text(&outputs["phone_numbers"][key]),
                benefits_table: text(&outputs["benefits_table_names"][key]),
                member_table: text(&outputs["member_table_name"]),
                member_key: "phone",
            })
            .collect()
        },
    },
];

/// What it takes to call a line as a member.
struct Line {
    phone_number: String,
    benefits_table: String,
    member_table: String,
    /// The attribute in which the member's number is.
    member_key: &'static str,
}

impl Line {
    /// The line of an example that is one.
    fn of(outputs: &Map<String, Value>) -> Self {
        Self {
            phone_number: text(&outputs["phone_number"]),
            benefits_table: text(&outputs["benefits_table_name"]),
            member_table: text(&outputs["member_table_name"]),
            member_key: "phone",
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A bundle in a directory of its own.
struct Made {
    toolchain: Toolchain,
    bundle: Bundle,
    directory: TempDir,
}

impl Made {
    /// Makes a bundle with the function for this machine.
    async fn now() -> Result<Self, Failure> {
        let repository = repository()?;
        let toolchain = Toolchain::detect(Cache::of_user()?, Arc::new(Silent)).await?;
        let functions = [toolchain.build_function_zip(&repository).await?];
        let directory = tempfile::tempdir()?;
        let bundle = toolchain
            .build_bundle(&repository, &functions, directory.path())
            .await?;
        Ok(Self {
            toolchain,
            bundle,
            directory,
        })
    }

    /// Unpacks it below its own directory; the top directory of the zip.
    fn unpack(&self) -> Result<PathBuf, Failure> {
        let here = self.directory.path().join("unpacked");
        zip::ZipArchive::new(fs::File::open(&self.bundle.path)?)?.extract(&here)?;
        let tops: Vec<_> = fs::read_dir(&here)?.collect::<Result<_, _>>()?;
        assert_eq!(tops.len(), 1, "{tops:?}");
        let top = tops[0].path();
        let name = format!("{BUNDLE_NAME}-{}", self.bundle.version);
        assert_eq!(top.file_name().unwrap(), name.as_str());
        Ok(top)
    }

    /// A search path with Terraform and nothing else: no Rust, no shell, no git.
    fn bare_path(&self) -> Result<String, Failure> {
        let bin = self.directory.path().join("bin");
        fs::create_dir_all(&bin)?;
        let terraform = self.toolchain.tools().terraform.path.canonicalize()?;
        symlink(terraform, bin.join("terraform"))?;
        Ok(bin.to_string_lossy().into_owned())
    }
}

/// The files below a directory, as paths from it.
fn files(top: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![top.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let path = path.strip_prefix(top).unwrap();
                found.insert(path.to_string_lossy().into_owned());
            }
        }
    }
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Lets `sha256sum` check a list; the files it names.
fn checked(directory: &Path) -> BTreeSet<String> {
    let output = Command::new("sha256sum")
        .args(["--check", "--strict", "SHA256SUMS"])
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines()
        .map(|line| line.strip_suffix(": OK").unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_sources_give_the_same_bundle() -> Result<(), Failure> {
    let (one, other) = (Made::now().await?, Made::now().await?);
    let (one_dir, other_dir) = (one.directory.path(), other.directory.path());
    let names = files(one_dir);
    assert_eq!(names, files(other_dir));
    assert_eq!(names.len(), 3, "{names:?}");
    for name in &names {
        assert!(
            fs::read(one_dir.join(name))? == fs::read(other_dir.join(name))?,
            "{name} differs"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_whole_and_holds_nothing_else() -> Result<(), Failure> {
    let made = Made::now().await?;
    let beside = checked(made.directory.path());
    assert!(beside.contains(&format!("{BUNDLE_NAME}-{}.zip", made.bundle.version)));
    assert_eq!(beside.len(), 2, "{beside:?}");

    let top = made.unpack()?;
    let found = files(&top);
    assert_eq!(found.len(), made.bundle.files);
    let mut summed = checked(&top);
    summed.insert("SHA256SUMS".to_owned());
    assert_eq!(found, summed);
    let version = json(&top.join("VERSION.json"));
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));

    let root = repository()?;
    let private = root.to_string_lossy().into_owned().into_bytes();
    for path in &found {
        let bytes = fs::read(top.join(path))?;
        let tells = bytes.windows(private.len()).any(|part| part == private);
        assert!(!tells, "{path} names the directory it was made in");
    }

    if !root.join(".git").exists() {
        println!("not compared with git: the sources are no checkout");
        assert!(version["commit"].is_null());
        return Ok(());
    }
    let mut wanted = of_git(&root);
    let architecture = local_toolchain::Architecture::of_host()?;
    wanted.insert(format!("dist/{}", architecture.zip_name()));
    wanted.extend(["SHA256SUMS", "VERSION.json", "sbom.cdx.json"].map(str::to_owned));
    assert_eq!(found, wanted);
    Ok(())
}

/// The module's files as git knows them, those that are yet to be committed among them.
fn of_git(root: &Path) -> BTreeSet<String> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
        ])
        .args([":(glob)*.tf", "LICENSE", "README.md"])
        .args(["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"])
        .args(["docs", "examples", "flows", "modules"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let listed = String::from_utf8(output.stdout).unwrap();
    listed
        .lines()
        .filter(|path| !path.split('/').any(|part| part.starts_with('.')))
        // What was deleted and not committed yet is still listed.
        .filter(|path| root.join(path).exists())
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bill_of_materials_lists_what_the_function_is_made_of() -> Result<(), Failure> {
    let made = Made::now().await?;
    let bill = json(&made.bundle.sbom);
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert!(bill["serialNumber"].is_null() && bill["metadata"]["timestamp"].is_null());
    let subject = &bill["metadata"]["component"];
    assert_eq!(subject["name"], "connect-pin-sms");
    assert_eq!(subject["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        subject["components"][0]["hashes"][0]["content"],
        sha256sum(
            &made
                .unpack()?
                .join(subject["components"][0]["name"].as_str().unwrap())
        )
    );

    let crates: BTreeMap<&str, &Value> = bill["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one))
        .collect();
    for linked in ["aws-sdk-sns", "lambda_runtime", "rustls", "tokio"] {
        let one = crates[linked];
        assert_eq!(one["scope"], "required", "{one}");
        assert_eq!(one["hashes"][0]["alg"], "SHA-256", "{one}");
        assert!(one["licenses"][0].is_object(), "{one}");
        let purl = one["purl"].as_str().unwrap();
        assert!(purl.starts_with(&format!("pkg:cargo/{linked}@")), "{one}");
    }
    for macros in ["serde_derive", "thiserror-impl"] {
        assert_eq!(crates[macros]["scope"], "excluded");
    }
    // Tests, the command line, and what only they ask of crates that the function has too.
    for elsewhere in [
        "proptest",
        "clap",
        "dynoxide-rs",
        "matchers",
        "aws-sdk-lambda",
    ] {
        assert!(!crates.contains_key(elsewhere), "{elsewhere}");
    }

    // Of some crates there are two versions, so not by name.
    let references: BTreeSet<&str> = bill["components"]
        .as_array()
        .unwrap()
        .iter()
        .chain([subject])
        .map(|one| one["bom-ref"].as_str().unwrap())
        .collect();
    let dependencies = bill["dependencies"].as_array().unwrap();
    for dependency in dependencies {
        let needs = dependency["dependsOn"].as_array().into_iter().flatten();
        for reference in needs.chain([&dependency["ref"]]) {
            assert!(
                references.contains(reference.as_str().unwrap()),
                "{reference}"
            );
        }
    }
    let reached = reached(dependencies, subject["bom-ref"].as_str().unwrap());
    assert_eq!(reached, references, "a component that nothing needs");
    Ok(())
}

/// Everything that can be come to from one component.
fn reached<'a>(dependencies: &'a [Value], from: &'a str) -> BTreeSet<&'a str> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(reference) = next.pop() {
        if seen.insert(reference) {
            next.extend(
                dependencies
                    .iter()
                    .filter(|dependency| dependency["ref"] == reference)
                    .flat_map(|dependency| dependency["dependsOn"].as_array())
                    .flatten()
                    .filter_map(Value::as_str),
            );
        }
    }
    seen
}

fn sha256sum(path: &Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    said.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_deployed_from_an_unpacked_bundle_without_rust() -> Result<(), Failure> {
    let made = Made::now().await?;
    let (top, path) = (made.unpack()?, made.bare_path()?);
    let directories: BTreeSet<_> = fs::read_dir(top.join("examples"))?
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<_> = EXAMPLES.iter().map(|one| one.name.to_owned()).collect();
    assert_eq!(
        directories, listed,
        "EXAMPLES has an entry for each example"
    );
    for example in EXAMPLES {
        println!("examples/{}", example.name);
        let directory = top.join("examples").join(example.name);
        lives_and_leaves_nothing(&made.toolchain, example, &directory, &path).await?;
    }
    Ok(())
}

async fn lives_and_leaves_nothing(
    toolchain: &Toolchain,
    example: &Example,
    directory: &Path,
    path: &str,
) -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let mut variables = environment(&aws.account.endpoint_url(), REGION);
    variables.insert("PATH".to_owned(), path.to_owned());
    let deployment = Deployment::prepare_in(toolchain, directory, variables).await?;

    let lines = (example.lines)(&deployment.apply_any().await?);
    assert!(!lines.is_empty());
    let plan = deployment.plan().await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    for line in &lines {
        gets_its_message(&aws, line).await?;
    }

    deployment.destroy().await?;
    let left = aws.client.inventory(REGION).await?;
    assert!(left.is_empty(), "left behind: {left:?}");
    aws.account.shutdown().await;
    Ok(())
}

/// A member calls and keys the PIN.
async fn gets_its_message(aws: &TestAccount, line: &Line) -> Result<(), Failure> {
    let member = [(line.member_key, MEMBER_PHONE), ("id", MEMBER_ID)];
    put(aws, &line.member_table, member).await?;
    let campaign = [("pinCode", PIN), ("campaignUrl", CAMPAIGN_URL)];
    put(aws, &line.benefits_table, campaign).await?;

    let sent = aws.messages().len();
    let caller = CallerId::Number(MEMBER_PHONE.to_owned());
    let mut call = aws
        .account
        .connect()
        .dial(&line.phone_number, caller)
        .await?;
    press(&mut call, &format!("{PIN}#")).await;
    let messages = aws.messages();
    assert_eq!(messages.len(), sent + 1, "{:?}", call.events());
    assert_eq!(messages[sent].phone_number, MEMBER_PHONE);
    assert!(messages[sent].message.contains(CAMPAIGN_URL));
    Ok(())
}

async fn put(aws: &TestAccount, table: &str, row: [(&str, &str); 2]) -> Result<(), Failure> {
    let rows = aws_sdk_dynamodb::Client::new(&aws.sdk_config().await);
    let mut request = rows.put_item().table_name(table);
    for (name, value) in row {
        request = request.item(name, AttributeValue::S(value.to_owned()));
    }
    request.send().await?;
    Ok(())
}

/// As the documents say: the zip itself is a module's source.
#[tokio::test(flavor = "multi_thread")]
async fn terraform_takes_the_zip_for_a_source() -> Result<(), Failure> {
    let made = Made::now().await?;
    let stack = made.directory.path().join("stack");
    fs::create_dir(&stack)?;
    fs::write(
        stack.join("main.tf"),
        format!(
            "module \"line\" {{\n  source = \"{}//{BUNDLE_NAME}-{}\"\n\n  \
             instance_alias = \"example-campaign\"\n}}\n",
            made.bundle.path.display(),
            made.bundle.version
        ),
    )?;
    let variables = BTreeMap::from([("PATH".to_owned(), made.bare_path()?)]);
    let deployment = Deployment::prepare_in(&made.toolchain, &stack, variables).await?;
    deployment.terraform().validate().await?;
    let zip = format!(
        ".terraform/modules/line/{BUNDLE_NAME}-{}/dist/{}",
        made.bundle.version,
        local_toolchain::Architecture::of_host()?.zip_name()
    );
    assert!(stack.join(&zip).is_file(), "{zip}");
    Ok(())
}
