package superset.platform.aws;

/** Versions that the synthesized JSON asks for, whatever the bindings were generated from. */
public final class Provider {

  /** The AWS provider; its bindings here (18.0.3) were generated from 5.23.1. */
  public static final String VERSION = "5.100.0";

  /** Ephemeral resources are 1.10, S3's own locking and write-only arguments are 1.11. */
  public static final String TERRAFORM_VERSION = ">= 1.11.0";

  private Provider() {}
}
