output "delivery_log_group_names" {
  description = "Log groups of delivered and failed messages, by `delivered` and `failed`; null without `delivery_logs`."
  value       = var.delivery_logs == null ? null : { for what, group in aws_cloudwatch_log_group.delivery : what => group.name }
}
