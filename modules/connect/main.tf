# The line itself: instance, flow, phone number, and the function's permission and association. Instance
# and phone number may be existing ones.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  region_and_account = "${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"

  makes_instance = var.existing_instance == null
  claims         = var.phone_number.existing == null

  # The ARN is composed, not read from a data source: Terraform defers a data source whenever something
  # that it depends on changes, and the function's permission would be replaced.
  instance_id = local.makes_instance ? one(aws_connect_instance.this[*].id) : var.existing_instance.id
  instance_arn = (
    local.makes_instance
    ? one(aws_connect_instance.this[*].arn)
    : "arn:${data.aws_partition.current.partition}:connect:${local.region_and_account}:instance/${var.existing_instance.id}"
  )

  flow = {
    name        = var.name
    description = "Asks members for a PIN and sends the campaign's URL by SMS"
    type        = "CONTACT_FLOW"
  }

  flow_resource  = one(concat(aws_connect_contact_flow.this, aws_connect_contact_flow.in_existing))
  claimed_number = one(concat(aws_connect_phone_number.this, aws_connect_phone_number.in_existing))
}

# Created before the instance, which would otherwise create it without a retention. Amazon Connect uses
# an existing log group.
resource "aws_cloudwatch_log_group" "flow" {
  count = local.makes_instance && var.flow_log.create_log_group ? 1 : 0

  name              = "/aws/connect/${var.instance_alias}"
  kms_key_id        = var.flow_log.kms_key_arn
  retention_in_days = var.flow_log.retention_in_days
  tags              = var.tags

  lifecycle {
    # The name has the instance's alias, which is kept as well.
    ignore_changes = [name]
  }
}

resource "aws_connect_instance" "this" {
  count = local.makes_instance ? 1 : 0

  # Every setting is given, so that nothing depends on defaults of the provider or of AWS. Contact Lens
  # would analyse what callers say, which the line does not announce.
  identity_management_type         = "CONNECT_MANAGED"
  instance_alias                   = var.instance_alias
  inbound_calls_enabled            = true
  outbound_calls_enabled           = var.outbound_calls_enabled
  auto_resolve_best_voices_enabled = true
  contact_flow_logs_enabled        = true
  contact_lens_enabled             = false
  early_media_enabled              = true
  multi_party_conference_enabled   = false
  tags                             = var.tags

  lifecycle {
    # Another alias would replace the instance and release the phone number.
    ignore_changes = [instance_alias]
  }

  depends_on = [aws_cloudwatch_log_group.flow, var.wait_for]
}

resource "aws_lambda_permission" "connect" {
  statement_id   = "AllowAmazonConnect"
  action         = "lambda:InvokeFunction"
  function_name  = var.function_name
  principal      = "connect.amazonaws.com"
  source_account = data.aws_caller_identity.current.account_id
  source_arn     = local.instance_arn
}

resource "aws_connect_lambda_function_association" "this" {
  function_arn = var.function_arn
  instance_id  = local.instance_id

  depends_on = [aws_lambda_permission.connect]
}

# Flow and phone number of the instance created here, followed by the same two for an existing instance.
# The first two are replaced with their instance; only an instance that Terraform manages can trigger that.
resource "aws_connect_contact_flow" "this" {
  count = local.makes_instance ? 1 : 0

  instance_id = aws_connect_instance.this[0].id
  name        = local.flow.name
  description = local.flow.description
  type        = local.flow.type
  content     = var.flow_content
  tags        = var.tags

  # The provider would look for the flow in an instance that no longer exists.
  lifecycle {
    replace_triggered_by = [aws_connect_instance.this[0].id]
  }

  # A flow may only name functions that the instance knows.
  depends_on = [aws_connect_lambda_function_association.this]
}

resource "aws_connect_phone_number" "this" {
  count = local.makes_instance && local.claims ? 1 : 0

  target_arn   = aws_connect_instance.this[0].arn
  country_code = var.phone_number.country_code
  description  = var.phone_number.description
  prefix       = var.phone_number.prefix
  type         = var.phone_number.type
  tags         = var.tags

  lifecycle {
    # A change of any of them would release the number, and AWS does not give a released number back.
    ignore_changes = [country_code, description, prefix, type]
    # A number cannot outlive its instance; the provider would try to move it from one that no longer
    # exists.
    replace_triggered_by = [aws_connect_instance.this[0].id]
  }
}

resource "aws_connect_contact_flow" "in_existing" {
  count = local.makes_instance ? 0 : 1

  instance_id = local.instance_id
  name        = local.flow.name
  description = local.flow.description
  type        = local.flow.type
  content     = var.flow_content
  tags        = var.tags

  depends_on = [aws_connect_lambda_function_association.this]
}

resource "aws_connect_phone_number" "in_existing" {
  count = !local.makes_instance && local.claims ? 1 : 0

  target_arn   = local.instance_arn
  country_code = var.phone_number.country_code
  description  = var.phone_number.description
  prefix       = var.phone_number.prefix
  type         = var.phone_number.type
  tags         = var.tags

  lifecycle {
    ignore_changes = [country_code, description, prefix, type]
  }
}

resource "aws_connect_phone_number_contact_flow_association" "this" {
  contact_flow_id = local.flow_resource.contact_flow_id
  instance_id     = local.instance_id
  phone_number_id = local.claims ? local.claimed_number.id : var.phone_number.existing.id
}
