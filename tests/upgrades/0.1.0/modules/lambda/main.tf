# The function, with exactly the rights it uses.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  attempts  = var.attempts_table_arn == null ? [] : [var.attempts_table_arn]
  partition = data.aws_partition.current.partition
  place     = "${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"
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

resource "aws_iam_role" "function" {
  name               = "${var.name}-function"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "ReadTables"
    actions   = ["dynamodb:GetItem"]
    resources = concat([var.member_table_arn, var.benefits_table_arn], local.attempts)
  }

  # The campaign's own counter of redemptions; URLs and rules are written by others.
  statement {
    sid       = "CountRedemptionsAndAttempts"
    actions   = ["dynamodb:UpdateItem"]
    resources = concat([var.benefits_table_arn], local.attempts)
  }

  # A campaign that each member may use once is marked as used before the message, and unmarked when
  # the message is refused.
  dynamic "statement" {
    for_each = length(local.attempts) == 0 ? [] : [local.attempts]

    content {
      sid       = "TakeBackSingleUses"
      actions   = ["dynamodb:DeleteItem"]
      resources = statement.value
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

  # IAM looks at what a message is sent from, whether chosen here or by AWS; to whom is no resource.
  dynamic "statement" {
    for_each = var.sms_backend == "end_user_messaging" ? ["sms-voice"] : []

    content {
      sid       = "SendTextMessages"
      actions   = ["sms-voice:SendTextMessage"]
      resources = [for origin in ["phone-number", "pool", "sender-id"] : "arn:${local.partition}:sms-voice:${local.place}:${origin}/*"]
    }
  }

  dynamic "statement" {
    for_each = var.pepper.kms_key_arn == null ? [] : [var.pepper.kms_key_arn]

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

  dynamic "statement" {
    for_each = var.pepper.ssm_parameter_name == null ? [] : [trimprefix(var.pepper.ssm_parameter_name, "/")]

    content {
      sid       = "ReadPepper"
      actions   = ["ssm:GetParameter"]
      resources = ["arn:${local.partition}:ssm:${local.place}:parameter/${statement.value}"]
    }
  }

  # The account's own key needs no word: its policy lets SSM use it for everybody in the account.
  dynamic "statement" {
    for_each = var.pepper.ssm_key_arn == null ? [] : [var.pepper.ssm_key_arn]

    content {
      sid       = "DecryptPepper"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["ssm.${data.aws_region.current.region}.amazonaws.com"]
      }
    }
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function.arn}:*"]
  }

  # X-Ray has no resources to name.
  statement {
    sid       = "Trace"
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "function"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  description      = "Looks up callers and PINs for Amazon Connect and sends the campaign's URL by SMS"
  role             = aws_iam_role.function.arn
  filename         = var.package_path
  source_code_hash = fileexists(var.package_path) ? filebase64sha256(var.package_path) : null
  handler          = "bootstrap"
  runtime          = "provided.al2023"
  architectures    = [var.architecture]
  memory_size      = var.memory_size
  timeout          = var.timeout
  tags             = var.tags

  environment {
    variables = var.environment
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.log_level
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.function.name
  }

  tracing_config {
    mode = "Active"
  }

  lifecycle {
    precondition {
      condition     = fileexists(var.package_path)
      error_message = "There is no function package at ${var.package_path}: build it with `cargo run -- package` in the module's checkout, or set lambda_package.path to a zip of your own."
    }
  }

  # Without its rights the first calls would fail while IAM catches up.
  depends_on = [aws_iam_role_policy.function]
}
