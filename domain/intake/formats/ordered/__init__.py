"""Orders in XML: UBL, ORDER-X (UN/CEFACT) and cXML."""
