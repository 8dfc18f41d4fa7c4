# Resources that have had another address. Lines applied before keep what they have.

moved {
  from = aws_cloudwatch_log_group.function
  to   = aws_cloudwatch_log_group.function[0]
}
