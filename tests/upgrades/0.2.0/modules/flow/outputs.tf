output "content" {
  description = "The contact flow, in the Flow language of Amazon Connect."
  value       = jsonencode(local.flow)
}
