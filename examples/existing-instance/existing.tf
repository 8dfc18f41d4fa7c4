# Existing resources that would belong to other stacks. They are created here so that the example can be
# applied by itself; in your account they are data sources, variables or outputs of other stacks.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

resource "aws_connect_instance" "existing" {
  identity_management_type         = "CONNECT_MANAGED"
  instance_alias                   = var.instance_alias
  inbound_calls_enabled            = true
  outbound_calls_enabled           = true
  auto_resolve_best_voices_enabled = true
  contact_flow_logs_enabled        = true
  contact_lens_enabled             = false
  early_media_enabled              = true
  multi_party_conference_enabled   = false

  # Amazon Connect uses an existing log group, and otherwise creates one without a retention.
  depends_on = [aws_cloudwatch_log_group.flows]
}

resource "aws_cloudwatch_log_group" "flows" {
  #checkov:skip=CKV_AWS_338: lines about callers are kept no longer than needed
  name              = "/aws/connect/${var.instance_alias}"
  kms_key_id        = aws_kms_key.existing.arn
  retention_in_days = 30
}

resource "aws_connect_phone_number" "existing" {
  target_arn   = aws_connect_instance.existing.arn
  country_code = "JP"
  type         = "DID"
}

data "aws_connect_hours_of_operation" "basic" {
  instance_id = aws_connect_instance.existing.id
  name        = "Basic Hours"
}

resource "aws_connect_queue" "existing" {
  instance_id           = aws_connect_instance.existing.id
  name                  = "Campaign desk"
  hours_of_operation_id = data.aws_connect_hours_of_operation.basic.hours_of_operation_id
}

resource "aws_connect_contact_flow" "existing" {
  instance_id = aws_connect_instance.existing.id
  name        = "When something is broken"
  type        = "CONTACT_FLOW"

  content = jsonencode({
    Version     = "2019-10-30"
    StartAction = "Say"
    Metadata    = {}
    Actions = [
      {
        Identifier  = "Say"
        Type        = "MessageParticipant"
        Parameters  = { Text = "窓口の営業時間内に、おかけ直し下さい" }
        Transitions = { NextAction = "Hang up", Errors = [{ NextAction = "Hang up", ErrorType = "NoMatchingError" }] }
      },
      {
        Identifier  = "Hang up"
        Type        = "DisconnectParticipant"
        Parameters  = {}
        Transitions = {}
      },
    ]
  })
}

resource "aws_dynamodb_table" "customers" {
  name         = "customers"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "tel"

  attribute {
    name = "tel"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.existing.arn
  }
}

resource "aws_cloudwatch_log_group" "existing" {
  #checkov:skip=CKV_AWS_338: lines about callers are kept no longer than needed
  name              = "/company/customer-line"
  kms_key_id        = aws_kms_key.existing.arn
  retention_in_days = 30
}

# The key's policy must name CloudWatch Logs; DynamoDB uses the key with the rights of the requesting role.
resource "aws_kms_key" "existing" {
  description             = "Data of the customer campaign"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  policy                  = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109: in a key's policy the resource * is this key, and its account administers it
  #checkov:skip=CKV_AWS_111: in a key's policy the resource * is this key, and its account administers it
  #checkov:skip=CKV_AWS_356: in a key's policy the resource * is this key
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${data.aws_region.current.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:log-group:*"]
    }
  }
}

# The permissions boundary of roles in this account.
resource "aws_iam_policy" "boundary" {
  name   = "customer-line-boundary"
  policy = data.aws_iam_policy_document.boundary.json
}

data "aws_iam_policy_document" "boundary" {
  #checkov:skip=CKV_AWS_109: a boundary grants nothing, it limits what a role's own policy may grant
  #checkov:skip=CKV_AWS_111: a boundary grants nothing, it limits what a role's own policy may grant
  #checkov:skip=CKV_AWS_356: a boundary grants nothing, it limits what a role's own policy may grant
  statement {
    actions   = ["dynamodb:*", "kms:Decrypt", "logs:*", "sms-voice:SendTextMessage", "sns:Publish", "xray:*"]
    resources = ["*"]
  }
}
