# The function, with exactly the permissions that it uses.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  attempts           = var.tables.attempts_arn == null ? [] : [var.tables.attempts_arn]
  partition          = data.aws_partition.current.partition
  region_and_account = "${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"

  # The ARN of an existing group is composed, so that it is known at plan although the stack has yet to
  # create the group.
  log_group_name = var.log.existing_group == null ? "/aws/lambda/${var.name}" : var.log.existing_group.name
  log_group_arn = (
    var.log.existing_group == null
    ? one(aws_cloudwatch_log_group.function[*].arn)
    : "arn:${local.partition}:logs:${local.region_and_account}:log-group:${var.log.existing_group.name}"
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

# Roles belong to the account and functions to a Region, so a line of the same name in another Region
# needs another role.
resource "aws_iam_role" "function" {
  name                 = "${var.name}-${data.aws_region.current.region}-function"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.function.permissions_boundary_arn
  tags                 = var.tags

  lifecycle {
    # Another name would replace the role, and the function would have none in between. Lines created
    # without the Region in the name keep their role.
    ignore_changes = [name]
  }
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "ReadTables"
    actions   = ["dynamodb:GetItem"]
    resources = concat([var.tables.members_arn, var.tables.benefits_arn], local.attempts)
  }

  # Attempts, redemptions and single uses are written to the attempts table; the other two tables are only
  # read. A line without an attempts table counts redemptions in the campaign's row.
  statement {
    sid       = "CountRedemptionsAndAttempts"
    actions   = ["dynamodb:UpdateItem"]
    resources = length(local.attempts) == 0 ? [var.tables.benefits_arn] : local.attempts
  }

  # DynamoDB uses a customer managed key with the rights of the role that reads or writes the table.
  dynamic "statement" {
    for_each = var.tables.kms_key == null ? [] : [var.tables.kms_key.arn]

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

  # A text message has no ARN: IAM checks the phone number itself. So the statement excludes all topics
  # instead.
  dynamic "statement" {
    for_each = var.sms.backend == "sns" ? ["sns"] : []

    content {
      sid           = "SendTextMessages"
      actions       = ["sns:Publish"]
      not_resources = ["arn:${local.partition}:sns:*:*:*"]
    }
  }

  # SNS passes text messages to End User Messaging. AWS's own policy for SNS has this action beside
  # Publish; whether a message goes without it is not documented. SNS chooses the origin, so no resource
  # can be named; the condition limits the statement to requests of SNS.
  dynamic "statement" {
    for_each = var.sms.backend == "sns" ? ["sns"] : []

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

  # IAM checks the origin of a message, not its recipient; a sender id belongs to a country. The ARN of a
  # number contains an id that cannot be derived from the number.
  dynamic "statement" {
    for_each = var.sms.backend == "end_user_messaging" ? ["sms-voice"] : []

    content {
      sid       = "SendTextMessages"
      actions   = ["sms-voice:SendTextMessage"]
      resources = [for origin in var.sms.origins : "arn:${local.partition}:sms-voice:${local.region_and_account}:${origin}"]
    }
  }

  dynamic "statement" {
    for_each = var.pepper == null ? [] : [var.pepper.kms_key_arn]

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

  # X-Ray has no resources.
  dynamic "statement" {
    for_each = var.function.tracing ? ["xray"] : []

    content {
      sid       = "Trace"
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      resources = ["*"]
    }
  }

  # Lambda manages the function's network interfaces with the function's role, and creates the function
  # only when the role has all of these. They are those of AWS's own policy for functions in a VPC.
  dynamic "statement" {
    for_each = var.function.vpc == null ? [] : ["ec2"]

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

  # The function's own code may not use them. Only requests of its code name the function as their
  # source; Lambda's own requests do not.
  dynamic "statement" {
    for_each = var.function.vpc == null ? [] : ["ec2"]

    content {
      sid       = "LeaveTheVpcToLambda"
      effect    = "Deny"
      actions   = ["ec2:*"]
      resources = ["*"]

      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = ["arn:${local.partition}:lambda:${local.region_and_account}:function:${var.name}"]
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
  count = var.log.existing_group == null ? 1 : 0

  name              = local.log_group_name
  kms_key_id        = var.log.kms_key_arn
  retention_in_days = var.log.retention_in_days
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_116: Amazon Connect invokes it synchronously; a dead letter queue is for asynchronous invocations only
  #checkov:skip=CKV_AWS_117: it calls endpoints of AWS only, so a VPC is optional, by an input
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
  architectures                  = [var.function.architecture]
  code_signing_config_arn        = var.function.code_signing_config_arn
  memory_size                    = var.function.memory_size
  reserved_concurrent_executions = var.function.reserved_concurrency
  timeout                        = var.function.timeout
  tags                           = var.tags

  # The function itself omits lines below this level.
  environment {
    variables = merge(var.environment, { LOG_LEVEL = var.log.level })
  }

  # Lines of metrics have no level, and Lambda treats such a line as INFO: with a higher level here it
  # would drop them, and no alarm would ever fire.
  logging_config {
    log_format            = "JSON"
    application_log_level = var.log.level == "DEBUG" ? "DEBUG" : "INFO"
    system_log_level      = "INFO"
    log_group             = local.log_group_name
  }

  tracing_config {
    mode = var.function.tracing ? "Active" : "PassThrough"
  }

  dynamic "vpc_config" {
    for_each = var.function.vpc == null ? [] : [var.function.vpc]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = var.package.path == null ? true : fileexists(var.package.path)
      error_message = "There is no function package at ${coalesce(var.package.path, "-")}: ${var.package.missing_package_hint}."
    }
  }

  # Without the policy the first calls would fail until IAM is consistent; without the log group Lambda
  # would create one that keeps lines forever.
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}
