"""What `spectrum doctor` looks at, one file for each part of a deployment.

Every function looks and changes nothing that lasts; each finding says what to do about it.
"""
