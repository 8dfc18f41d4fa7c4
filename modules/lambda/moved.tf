# Earlier addresses of resources. Existing lines keep their resources.

moved {
  from = aws_cloudwatch_log_group.function
  to   = aws_cloudwatch_log_group.function[0]
}
