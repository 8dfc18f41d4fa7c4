# The role of the function: each statement is needed, which a test shows by removing it.

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
