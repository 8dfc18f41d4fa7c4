# Plans of the function's module with each kind of package.

mock_provider "aws" {
  source = "./mocks"
}

variables {
  environment = {}
  function    = { architecture = "arm64", memory_size = 256, timeout = 7 }
  log         = { level = "INFO", retention_in_days = 90 }
  name        = "line"
  tables = {
    members_arn  = "arn:aws:dynamodb:ap-northeast-1:123456789012:table/members"
    benefits_arn = "arn:aws:dynamodb:ap-northeast-1:123456789012:table/benefits"
  }
}

run "runs_an_image" {
  command = plan

  module {
    source = "./modules/lambda"
  }

  variables {
    package = { image = { uri = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/line:1" } }
  }

  assert {
    condition = (
      aws_lambda_function.this.package_type == "Image"
      && aws_lambda_function.this.image_uri == "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/line:1"
      && aws_lambda_function.this.handler == null
      && aws_lambda_function.this.runtime == null
    )
    error_message = "An image must have no handler and no runtime: Lambda refuses them, because the image has its own."
  }

  assert {
    condition     = aws_lambda_function.this.architectures == tolist(["arm64"])
    error_message = "The function must have the architecture of the image."
  }
}

run "runs_a_zip_in_s3" {
  command = plan

  module {
    source = "./modules/lambda"
  }

  variables {
    package = { s3 = { bucket = "packages", key = "line.zip", version_id = "v1" } }
  }

  assert {
    condition = (
      aws_lambda_function.this.s3_bucket == "packages"
      && aws_lambda_function.this.s3_key == "line.zip"
      && aws_lambda_function.this.s3_object_version == "v1"
      && aws_lambda_function.this.filename == null
    )
    error_message = "The function must use the package in S3."
  }
}

run "refuses_to_plan_without_a_package" {
  command = plan

  module {
    source = "./modules/lambda"
  }

  variables {
    package = { path = "nowhere.zip" }
  }

  expect_failures = [aws_lambda_function.this]
}
