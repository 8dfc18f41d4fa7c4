variable "architecture" {
  description = "Architecture of the function, `x86_64` or `arm64`. Null runs the zip that the module bundles."
  type        = string
  default     = null
}

variable "instance_alias" {
  description = "Alias of the Amazon Connect instance; must be globally unique."
  type        = string
  default     = "campaign-line-minimal"
  nullable    = false
}
