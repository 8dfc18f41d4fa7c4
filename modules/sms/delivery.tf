# Delivery logs: a record of each text message to a number, with its status, its price and the whole
# number. SNS sets the names of the log groups, which belong to the account.

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  sampling_rate = var.delivery_logs == null ? var.delivery_status_success_sampling_rate : var.delivery_logs.success_sampling_rate

  delivery_log = "sns/${data.aws_region.current.region}/${data.aws_caller_identity.current.account_id}/DirectPublishToPhoneNumber"
  delivery_logs = var.delivery_logs == null ? {} : {
    delivered = local.delivery_log
    failed    = "${local.delivery_log}/Failure"
  }
}

resource "aws_cloudwatch_log_group" "delivery" {
  for_each = local.delivery_logs

  name              = each.value
  kms_key_id        = var.delivery_logs.kms_key_arn
  retention_in_days = var.delivery_logs.retention_in_days
  tags              = var.tags
}

data "aws_iam_policy_document" "delivery_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    # SNS of other accounts may not use the role.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

# The log groups are created here, so that they have a retention. SNS's guide asks for the right to
# create them nevertheless, and does not say whether it needs that right when they exist.
data "aws_iam_policy_document" "delivery" {
  statement {
    sid       = "WriteDeliveryLogs"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for group in aws_cloudwatch_log_group.delivery : "${group.arn}:*"]
  }
}

# Roles belong to the account and these logs to a Region.
resource "aws_iam_role" "delivery" {
  count = var.delivery_logs == null ? 0 : 1

  name                 = coalesce(var.delivery_logs.role_name, "sns-sms-delivery-logs-${data.aws_region.current.region}")
  assume_role_policy   = data.aws_iam_policy_document.delivery_trust.json
  permissions_boundary = var.delivery_logs.permissions_boundary_arn
  tags                 = var.tags

  lifecycle {
    # Another name would replace the role, and SNS would have none in between.
    ignore_changes = [name]
  }
}

resource "aws_iam_role_policy" "delivery" {
  count = var.delivery_logs == null ? 0 : 1

  name   = "delivery-logs"
  role   = aws_iam_role.delivery[0].id
  policy = data.aws_iam_policy_document.delivery.json
}
