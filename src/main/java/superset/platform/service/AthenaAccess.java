package superset.platform.service;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.DataSource.Athena;
import superset.platform.config.Names;

/**
 * What a task role needs to query Athena: the workgroups, what the Glue catalog says of the
 * configured databases, their buckets, and the folders of results (Amazon Athena User Guide,
 * "Control access to Amazon S3 from Athena", "Use IAM policies to control workgroup access",
 * "Configure access to databases and tables in the AWS Glue Data Catalog"). All have a resource
 * level; nothing is allowed on everything.
 */
final class AthenaAccess {

  private static final String CATALOG = "AwsDataCatalog";

  private final List<Athena> sources;
  private final String athena;
  private final String glue;

  AthenaAccess(List<Athena> sources, String region, Names names) {
    this.sources = List.copyOf(sources);
    this.athena = "arn:aws:athena:" + region + ":" + names.account() + ":";
    this.glue = "arn:aws:glue:" + region + ":" + names.account() + ":";
  }

  /** Adds the statements; none where there is no such source. */
  void addTo(PolicyDocument policy) {
    if (sources.isEmpty()) {
      return;
    }
    policy
        .add(
            PolicyDocument.allow("AthenaQueries")
                .actions(
                    "athena:BatchGetQueryExecution",
                    "athena:GetQueryExecution",
                    "athena:GetQueryResults",
                    "athena:GetWorkGroup",
                    "athena:StartQueryExecution",
                    "athena:StopQueryExecution")
                .on(all(source -> Stream.of(athena + "workgroup/" + source.workgroup()))))
        .add(
            PolicyDocument.allow("AthenaCatalog")
                .actions(
                    "athena:GetDataCatalog",
                    "athena:GetDatabase",
                    "athena:GetTableMetadata",
                    "athena:ListDatabases",
                    "athena:ListTableMetadata")
                .on(athena + "datacatalog/" + CATALOG))
        .add(
            PolicyDocument.allow("GlueCatalog")
                .actions(
                    "glue:BatchGetPartition",
                    "glue:GetDatabase",
                    "glue:GetDatabases",
                    "glue:GetPartition",
                    "glue:GetPartitions",
                    "glue:GetTable",
                    "glue:GetTables")
                .on(catalog()))
        .add(
            PolicyDocument.allow("ReadLake")
                .actions("s3:GetObject")
                .on(all(source -> source.buckets().stream().map(name -> bucket(name) + "/*"))))
        .add(
            PolicyDocument.allow("ListLake")
                .actions("s3:GetBucketLocation", "s3:ListBucket")
                .on(all(source -> source.buckets().stream().map(AthenaAccess::bucket))))
        .add(
            PolicyDocument.allow("KeepResults")
                .actions(
                    "s3:AbortMultipartUpload",
                    "s3:GetObject",
                    "s3:ListMultipartUploadParts",
                    "s3:PutObject")
                .on(all(source -> Stream.of(bucket(folder(source)) + "/*"))))
        .add(
            PolicyDocument.allow("FindResults")
                .actions("s3:GetBucketLocation", "s3:ListBucketMultipartUploads")
                .on(all(source -> Stream.of(outputBucket(source)))))
        .add(
            PolicyDocument.allow("ListResults")
                .actions("s3:ListBucket")
                .on(all(source -> Stream.of(outputBucket(source))))
                .when("StringLike", "s3:prefix", all(source -> Stream.of(prefix(source) + "/*"))));
  }

  /** Every action on a table or database asks for those above it too. */
  private List<String> catalog() {
    List<String> arns = new ArrayList<>();
    arns.add(glue + "catalog");
    // Athena looks at the database named default whatever is queried.
    arns.add(glue + "database/default");
    arns.addAll(
        all(
            source ->
                source.glueDatabases().stream()
                    .flatMap(
                        name ->
                            Stream.of(glue + "database/" + name, glue + "table/" + name + "/*"))));
    return arns;
  }

  /** Sorted and each once: two sources may share a workgroup or a bucket. */
  private List<String> all(Function<Athena, Stream<String>> arns) {
    return sources.stream().flatMap(arns).distinct().sorted().toList();
  }

  private static String bucket(String path) {
    return "arn:aws:s3:::" + path;
  }

  private static String outputBucket(Athena source) {
    return bucket(folder(source).replaceFirst("/.*", ""));
  }

  private static String prefix(Athena source) {
    return folder(source).replaceFirst("[^/]*/", "");
  }

  /** {@code BUCKET/FOLDER} without a slash at its end. */
  private static String folder(Athena source) {
    return source.output().replaceFirst("^s3://", "").replaceFirst("/$", "");
  }
}
