output "contact_flow_arn" {
  description = "ARN of the contact flow."
  value       = aws_connect_contact_flow.this.arn
}

output "contact_flow_id" {
  description = "Id of the contact flow within the instance."
  value       = aws_connect_contact_flow.this.contact_flow_id
}

output "flow_log_group_name" {
  description = "Log group of the flow."
  value       = aws_cloudwatch_log_group.flow.name
}

output "instance_arn" {
  description = "ARN of the instance."
  value       = aws_connect_instance.this.arn
}

output "instance_id" {
  description = "Id of the instance."
  value       = aws_connect_instance.this.id
}

output "phone_number" {
  description = "The number, E.164."
  value       = aws_connect_phone_number.this.phone_number
}

output "phone_number_arn" {
  description = "ARN of the number."
  value       = aws_connect_phone_number.this.arn
}
