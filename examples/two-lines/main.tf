# Two lines in one account, each with its number, flow, function and campaigns. They share the Amazon
# Connect instance, because the quota of instances is small, and the members. Names come from the key.

locals {
  lines = {
    spring = { language = "ja", prefix = "+8150" }
    autumn = { language = "en", prefix = "+813" }
  }
}

module "line" {
  source   = "../../"
  for_each = local.lines

  name      = "${each.key}-line"
  languages = [each.value.language]

  existing_instance = {
    id = aws_connect_instance.shared.id
  }

  phone_number = {
    prefix = each.value.prefix
  }

  pin = {
    min_length = 4
  }

  tables = {
    create_member_table = false
    member_table_name   = aws_dynamodb_table.members.name
    # An example is destroyed again. Leave this out when rows matter.
    deletion_protection = false
  }

  function = {
    architecture = var.architecture
  }

  tags = {
    Service = "${each.key}-line"
  }
}

resource "aws_connect_instance" "shared" {
  identity_management_type         = "CONNECT_MANAGED"
  instance_alias                   = var.instance_alias
  inbound_calls_enabled            = true
  outbound_calls_enabled           = false
  auto_resolve_best_voices_enabled = true
  contact_flow_logs_enabled        = true
  contact_lens_enabled             = false
  early_media_enabled              = true
  multi_party_conference_enabled   = false

  # Amazon Connect uses an existing log group, and otherwise creates one without a retention.
  depends_on = [aws_cloudwatch_log_group.flows]
}

resource "aws_cloudwatch_log_group" "flows" {
  #checkov:skip=CKV_AWS_158: encrypted by CloudWatch; existing-instance shows a key of your own
  #checkov:skip=CKV_AWS_338: lines about callers are kept no longer than needed
  name              = "/aws/connect/${var.instance_alias}"
  retention_in_days = 30
}

resource "aws_dynamodb_table" "members" {
  #checkov:skip=CKV_AWS_119: encrypted by DynamoDB; existing-instance shows a key of your own
  name         = "members"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "phone"

  attribute {
    name = "phone"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }
}
