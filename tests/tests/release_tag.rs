//! The commit of a release's tag, created in a local clone. The hosting service's part is not tested here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use e2e::bundle::{BuiltBundle, BundledLine};
use e2e::{Failure, REGION, TestAccount};
use local_harness::{Deployment, environment, repository};
use local_toolchain::{Architecture, PlanOutcome};

e2e::trials![
    a_tag_can_be_the_modules_source,
    a_release_commit_is_refused_for_wrong_arguments_or_a_changed_checkout,
];

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A shallow clone of this checkout, like that of the release's job, and the function's zips beside it.
struct ReleaseClone {
    home: tempfile::TempDir,
    zips: Vec<PathBuf>,
}

impl ReleaseClone {
    async fn new() -> Result<Self, Failure> {
        let home = tempfile::tempdir()?;
        let source = format!("file://{}", repository()?.display());
        let clone = home.path().join("clone");
        let cloned = git(
            home.path(),
            &["clone", "--quiet", "--depth", "1", &source, "clone"],
        )?;
        assert!(cloned.status.success(), "{cloned:?}");
        for (name, value) in [
            ("user.name", "Release"),
            ("user.email", "release@example.com"),
        ] {
            git(&clone, &["config", name, value])?;
        }
        let unpacked = BuiltBundle::shared().await?.unpack()?;
        let built = unpacked
            .top
            .join("dist")
            .join(Architecture::of_host()?.zip_name());
        let mut zips = Vec::new();
        for architecture in Architecture::ALL {
            // Only the zip for this machine is used, so the other can have the same contents.
            let zip = home.path().join(architecture.zip_name());
            fs::copy(&built, &zip)?;
            zips.push(zip);
        }
        Ok(Self { home, zips })
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("clone")
    }

    fn release(&self, version: &str, zips: &[PathBuf]) -> Result<Output, Failure> {
        let script = self.path().join(".ci/release-commit");
        Ok(Command::new(script).arg(version).args(zips).output()?)
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Result<Output, Failure> {
    let mut git = Command::new("git");
    Ok(git.current_dir(directory).args(arguments).output()?)
}

/// Uses `source = "git::…?ref=v…"`. The tag's commit adds the function's zips to the commit that was built,
/// and changes nothing else.
async fn a_tag_can_be_the_modules_source() -> Result<(), Failure> {
    let clone = ReleaseClone::new().await?;
    let path = clone.path();
    let git_output = |arguments: &[&str]| -> Result<String, Failure> {
        let output = git(&path, arguments)?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    let built = git_output(&["rev-parse", "HEAD"])?;
    let released = clone.release(VERSION, &clone.zips)?;
    assert!(released.status.success(), "{released:?}");
    let tag = format!("v{VERSION}");
    assert_eq!(
        git_output(&["rev-parse", &format!("{tag}^{{commit}}")])?,
        String::from_utf8(released.stdout)?.trim()
    );
    assert_eq!(git_output(&["rev-parse", &format!("{tag}~1")])?, built);
    assert_eq!(
        git_output(&["diff", "--name-status", &built, &tag])?,
        "A\tdist/connect-pin-sms-arm64.zip\nA\tdist/connect-pin-sms-x86_64.zip"
    );

    let aws = TestAccount::start().await?;
    let stack = clone.home.path().join("stack");
    fs::create_dir(&stack)?;
    let source = format!("git::file://{}?ref={tag}", path.display());
    let mut outputs = String::new();
    for output in ["phone_number", "member_table_name", "benefits_table_name"] {
        outputs.push_str(&format!(
            "output \"{output}\" {{\n  value = module.line.{output}\n}}\n"
        ));
    }
    let architecture = Architecture::of_host()?;
    fs::write(
        stack.join("main.tf"),
        format!(
            "module \"line\" {{\n  source = \"{source}\"\n\n  instance_alias = \"from-a-tag\"\n  \
             function = {{ architecture = \"{}\" }}\n  tables = {{ deletion_protection = false }}\n}}\n{outputs}",
            architecture.name()
        ),
    )?;
    let variables = environment(&aws.account.endpoint_url(), REGION);
    let toolchain = BuiltBundle::shared().await?.toolchain;
    let mut deployment = Deployment::prepare_in(toolchain, &stack, variables).await?;
    deployment.keep_provider().await?;
    let outputs = deployment.apply_any().await?;
    let line = BundledLine::of(&outputs);
    line.load(&aws).await?;
    line.call_as_member(&aws).await?;
    let plan = deployment.plan().await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    aws.account.shutdown().await;
    Ok(())
}

async fn a_release_commit_is_refused_for_wrong_arguments_or_a_changed_checkout()
-> Result<(), Failure> {
    let clone = ReleaseClone::new().await?;
    let path = clone.path();
    let head = git(&path, &["rev-parse", "HEAD"])?.stdout;
    let refused = |version: &str, zips: &[PathBuf], message: &str| -> Result<(), Failure> {
        let output = clone.release(version, zips)?;
        let stderr = String::from_utf8(output.stderr)?;
        let refused = !output.status.success() && stderr.contains(message);
        assert!(refused, "{stderr}");
        Ok(())
    };
    let elsewhere = clone.home.path().join("function.zip");
    fs::copy(&clone.zips[0], &elsewhere)?;
    let empty = clone.home.path().join("empty");
    fs::create_dir(&empty)?;
    let empty = empty.join(Architecture::ALL[0].zip_name());
    fs::write(&empty, "")?;
    let zips = &clone.zips;
    refused("9.9.9", zips, "must be that of Cargo.toml")?;
    refused("v1", zips, "must be like 1.2.3")?;
    refused(VERSION, &zips[..1], "must be given a version and two zips")?;
    refused(VERSION, &[zips[0].clone(), elsewhere], "the zips must be")?;
    refused(VERSION, &[empty, zips[1].clone()], "must be a zip")?;
    fs::write(path.join("more.tf"), "")?;
    refused(VERSION, zips, "must be as its commit is")?;
    fs::remove_file(path.join("more.tf"))?;
    assert_eq!(git(&path, &["rev-parse", "HEAD"])?.stdout, head);

    assert!(clone.release(VERSION, zips)?.status.success());
    refused(VERSION, zips, "no tag is ever moved")?;
    Ok(())
}
