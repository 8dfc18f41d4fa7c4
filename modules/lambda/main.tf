# The function, with exactly the rights it uses.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  attempts  = var.attempts_table_arn == null ? [] : [var.attempts_table_arn]
  partition = data.aws_partition.current.partition
  place     = "${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"

  # Known at plan also for a group that is yet to be made by somebody else.
  log_group_name = var.existing_log_group == null ? "/aws/lambda/${var.name}" : var.existing_log_group.name
  log_group_arn = (
    var.existing_log_group == null
    ? one(aws_cloudwatch_log_group.function[*].arn)
    : "arn:${local.partition}:logs:${local.place}:log-group:${var.existing_log_group.name}"
  )
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

# Roles are of the account and functions of a Region, so a line of the same name in another Region
# needs another role.
resource "aws_iam_role" "function" {
  name                 = "${var.name}-${data.aws_region.current.region}-function"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  lifecycle {
    # Another name would make another role, and the function would have none in between. Lines that
    # were made without the Region in it keep theirs.
    ignore_changes = [name]
  }
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "ReadTables"
    actions   = ["dynamodb:GetItem"]
    resources = concat([var.member_table_arn, var.benefits_table_arn], local.attempts)
  }

  # Attempts, redemptions and single uses are written in the attempts table, and what others have
  # written is only read. A line without that table counts redemptions in the campaign's row.
  statement {
    sid       = "CountRedemptionsAndAttempts"
    actions   = ["dynamodb:UpdateItem"]
    resources = length(local.attempts) == 0 ? [var.benefits_table_arn] : local.attempts
  }

  # DynamoDB opens a table under a customer's key with the rights of whoever reads or writes it.
  dynamic "statement" {
    for_each = var.tables_kms_key == null ? [] : [var.tables_kms_key.arn]

    content {
      sid       = "DecryptTables"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${data.aws_region.current.region}.amazonaws.com"]
      }
    }
  }

  # A text message has no ARN: the resource that IAM checks is the phone number itself. All
  # topics are excluded instead.
  dynamic "statement" {
    for_each = var.sms_backend == "sns" ? ["sns"] : []

    content {
      sid           = "SendTextMessages"
      actions       = ["sns:Publish"]
      not_resources = ["arn:${local.partition}:sns:*:*:*"]
    }
  }

  # SNS hands text messages to End User Messaging. AWS's own policy for SNS has this beside the
  # Publish; whether a message goes without it is not documented. What SNS sends from is for SNS to
  # choose, so no resource can be named, and by itself the statement allows nothing.
  dynamic "statement" {
    for_each = var.sms_backend == "sns" ? ["sns"] : []

    content {
      sid       = "SendTextMessagesThroughSns"
      actions   = ["sms-voice:SendTextMessage"]
      resources = ["*"]

      condition {
        test     = "StringEquals"
        variable = "aws:CalledViaLast"
        values   = ["sns.amazonaws.com"]
      }
    }
  }

  # IAM looks at what a message is sent from; to whom is no resource, but a sender id is one of its
  # country. The ARN of a number has an id that the number itself does not tell.
  dynamic "statement" {
    for_each = var.sms_backend == "end_user_messaging" ? ["sms-voice"] : []

    content {
      sid       = "SendTextMessages"
      actions   = ["sms-voice:SendTextMessage"]
      resources = [for origin in var.sms_origins : "arn:${local.partition}:sms-voice:${local.place}:${origin}"]
    }
  }

  dynamic "statement" {
    for_each = var.pepper_kms_key == null ? [] : [var.pepper_kms_key.arn]

    content {
      sid       = "PepperPins"
      actions   = ["kms:GenerateMac"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:MacAlgorithm"
        values   = ["HMAC_SHA_256"]
      }
    }
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_group_arn}:*"]
  }

  # X-Ray has no resources to name.
  dynamic "statement" {
    for_each = var.tracing ? ["xray"] : []

    content {
      sid       = "Trace"
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      resources = ["*"]
    }
  }

  # Lambda makes the function's network interfaces with the function's role, and needs all of these
  # before it takes the function. They are what AWS's own policy for functions in a VPC has.
  dynamic "statement" {
    for_each = var.vpc == null ? [] : ["ec2"]

    content {
      sid = "AttachToVpc"
      actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"]
    }
  }

  # The function's own code has no business with them. Only its requests name it as their source:
  # those that Lambda makes for it do not.
  dynamic "statement" {
    for_each = var.vpc == null ? [] : ["ec2"]

    content {
      sid       = "LeaveTheVpcToLambda"
      effect    = "Deny"
      actions   = ["ec2:*"]
      resources = ["*"]

      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = ["arn:${local.partition}:lambda:${local.place}:function:${var.name}"]
      }
    }
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "function"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}

resource "aws_cloudwatch_log_group" "function" {
  count = var.existing_log_group == null ? 1 : 0

  name              = local.log_group_name
  kms_key_id        = var.log_kms_key_arn
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_116: Amazon Connect invokes it synchronously; a dead letter queue is for asynchronous invocations only
  #checkov:skip=CKV_AWS_117: it talks to endpoints of AWS only, so a VPC is for those who must have one, an input
  #checkov:skip=CKV_AWS_173: its variables hold names and limits, never a secret; the pepper stays in KMS
  function_name                  = var.name
  description                    = "Looks up callers and PINs for Amazon Connect and sends the campaign's URL by SMS"
  role                           = aws_iam_role.function.arn
  package_type                   = var.package.image == null ? "Zip" : "Image"
  filename                       = var.package.path
  s3_bucket                      = try(var.package.s3.bucket, null)
  s3_key                         = try(var.package.s3.key, null)
  s3_object_version              = try(var.package.s3.version_id, null)
  image_uri                      = try(var.package.image.uri, null)
  source_code_hash               = try(filebase64sha256(var.package.path), null)
  handler                        = var.package.image == null ? "bootstrap" : null
  runtime                        = var.package.image == null ? "provided.al2023" : null
  architectures                  = [var.architecture]
  code_signing_config_arn        = var.code_signing_config_arn
  memory_size                    = var.memory_size
  reserved_concurrent_executions = var.reserved_concurrency
  timeout                        = var.timeout
  tags                           = var.tags

  # The function leaves out what is below its level itself.
  environment {
    variables = merge(var.environment, { LOG_LEVEL = var.log_level })
  }

  # The lines of its metrics have no level, and Lambda takes such a line for INFO: with a higher one
  # here it would drop them, and every alarm would be quiet for ever.
  logging_config {
    log_format            = "JSON"
    application_log_level = var.log_level == "DEBUG" ? "DEBUG" : "INFO"
    system_log_level      = "INFO"
    log_group             = local.log_group_name
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = var.package.path == null ? true : fileexists(var.package.path)
      error_message = "There is no function package at ${coalesce(var.package.path, "-")}: ${var.package_cure}."
    }
  }

  # Without its rights the first calls would fail while IAM catches up; without its group Lambda
  # would make one that keeps lines for ever.
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}
