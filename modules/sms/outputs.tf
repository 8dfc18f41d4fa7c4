output "delivery_log_group_names" {
  description = "Names of the log groups of `delivered` and `failed` messages; null without `delivery_logs`."
  value       = var.delivery_logs == null ? null : { for what, group in aws_cloudwatch_log_group.delivery : what => group.name }
}

output "delivery_role_arn" {
  description = "ARN of the role with which SNS writes delivery logs, after its policy is attached; null without `delivery_logs`."
  value       = one(aws_iam_role.delivery[*].arn)

  depends_on = [aws_iam_role_policy.delivery]
}
