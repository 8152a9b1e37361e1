package superset.platform.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An IPv4 address block.
 *
 * @param address first address of the block, as an unsigned 32-bit number
 * @param prefix prefix length, 0 to 32
 */
public record Cidr(long address, int prefix) {

  private static final Pattern FORM =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");

  public Cidr {
    if (prefix < 0 || prefix > 32) {
      throw new IllegalArgumentException("prefix length " + prefix + " is not 0 to 32");
    }
    if (address < 0 || address >= 1L << 32 || address % size(prefix) != 0) {
      throw new IllegalArgumentException(
          format(address) + "/" + prefix + " does not start on a boundary of its size");
    }
  }

  /**
   * @param text {@code a.b.c.d/n}
   * @throws IllegalArgumentException saying what is wrong, if it is not a block
   */
  public static Cidr parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("\"" + text + "\" is not of the form a.b.c.d/n");
    }
    long address = 0;
    for (int octet = 1; octet <= 4; octet++) {
      int value = Integer.parseInt(matcher.group(octet));
      if (value > 255) {
        throw new IllegalArgumentException("\"" + text + "\" has an octet above 255");
      }
      address = address << 8 | value;
    }
    return new Cidr(address, Integer.parseInt(matcher.group(5)));
  }

  /** The block of the given prefix length at {@code index}, counted from this block's start. */
  public Cidr subnet(int subnetPrefix, int index) {
    if (subnetPrefix < prefix || index < 0 || index >= 1L << (subnetPrefix - prefix)) {
      throw new IllegalArgumentException(this + " has no /" + subnetPrefix + " number " + index);
    }
    return new Cidr(address + index * size(subnetPrefix), subnetPrefix);
  }

  /** Whether the two blocks share an address. */
  public boolean overlaps(Cidr other) {
    return address < other.address + size(other.prefix) && other.address < address + size(prefix);
  }

  /** Whether all of the other block lies in this one. */
  public boolean contains(Cidr other) {
    return prefix <= other.prefix && overlaps(other);
  }

  private static long size(int prefix) {
    return 1L << (32 - prefix);
  }

  private static String format(long address) {
    return (address >> 24 & 255)
        + "."
        + (address >> 16 & 255)
        + "."
        + (address >> 8 & 255)
        + "."
        + (address & 255);
  }

  @Override
  public String toString() {
    return format(address) + "/" + prefix;
  }
}
