# The least a line needs: a name for the instance. Region, account and endpoint come from the
# environment, so the same file is applied to AWS and to the local account.

module "line" {
  source = "../../"

  instance_alias = var.instance_alias

  # As long as the PINs that are given out; a shorter entry is asked for again.
  pin = {
    min_length = 4
  }

  function = {
    architecture = var.architecture
  }

  # An example is destroyed again. Leave this out where rows matter.
  tables = {
    deletion_protection = false
  }
}
