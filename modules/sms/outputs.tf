output "delivery_log_group_names" {
  description = "Log groups of delivered and failed messages, by `delivered` and `failed`; null without `delivery_logs`."
  value       = var.delivery_logs == null ? null : { for what, group in aws_cloudwatch_log_group.delivery : what => group.name }
}

output "delivery_role_arn" {
  description = "ARN of the role by which SNS writes delivery logs, once it may write; null without `delivery_logs`."
  value       = one(aws_iam_role.delivery[*].arn)

  depends_on = [aws_iam_role_policy.delivery]
}
