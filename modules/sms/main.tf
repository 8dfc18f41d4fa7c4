# SMS settings of the account in this Region. There is only one set, so one stack must own it. Deleting
# the resource writes an empty value to all six.

resource "aws_sns_sms_preferences" "this" {
  default_sender_id                     = var.default_sender_id
  default_sms_type                      = var.default_sms_type
  delivery_status_iam_role_arn          = var.delivery_logs == null ? var.delivery_status_iam_role_arn : one(aws_iam_role.delivery[*].arn)
  delivery_status_success_sampling_rate = local.sampling_rate == null ? null : tostring(local.sampling_rate)
  monthly_spend_limit                   = var.monthly_spend_limit
  usage_report_s3_bucket                = var.usage_report_s3_bucket

  # SNS begins to write at once, and would create log groups that keep whole numbers forever. It also
  # assumes the role at once, and a new role is not known in all of AWS yet.
  depends_on = [aws_cloudwatch_log_group.delivery, aws_iam_role_policy.delivery, var.wait_for]
}
